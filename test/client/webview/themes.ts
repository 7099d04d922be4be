/** What VS Code gives a webview: the theme's colours as variables, and the kind of the theme as a class. */

export type ThemeName = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';

const FONTS = {
  'font-family': 'system-ui, "DejaVu Sans", sans-serif',
  'font-size': '13px',
  'font-weight': 'normal',
  'editor-font-family': '"DejaVu Sans Mono", monospace',
};

/** Colours of input elements, all alike in a theme. */
function inputs(background: string, foreground: string, border: string): Record<string, string> {
  const names = ['textInput', 'dropdown', 'checkbox'];
  const all = names.flatMap((name) => [
    [`settings-${name}Background`, background],
    [`settings-${name}Foreground`, foreground],
    [`settings-${name}Border`, border],
  ]);
  return { ...Object.fromEntries(all), 'settings-dropdownListBorder': border };
}

function charts(
  red: string,
  blue: string,
  yellow: string,
  green: string,
  purple: string,
): Record<string, string> {
  return {
    'charts-red': red,
    'charts-blue': blue,
    'charts-yellow': yellow,
    'charts-orange': '#d18616',
    'charts-green': green,
    'charts-purple': purple,
  };
}

function hoverWidget(background: string, foreground: string, border: string): Record<string, string> {
  return {
    'editorHoverWidget-background': background,
    'editorHoverWidget-foreground': foreground,
    'editorHoverWidget-border': border,
  };
}

const LIGHT = {
  'editor-background': '#ffffff',
  foreground: '#3b3b3b',
  descriptionForeground: '#3b3b3b',
  focusBorder: '#005fb8',
  'textLink-foreground': '#005fb8',
  'textLink-activeForeground': '#005fb8',
  'badge-background': '#cccccc',
  'badge-foreground': '#3b3b3b',
  'button-background': '#005fb8',
  'button-foreground': '#ffffff',
  'button-border': '#0000001a',
  'button-secondaryBackground': '#e5e5e5',
  'button-secondaryForeground': '#3b3b3b',
  'button-secondaryHoverBackground': '#cccccc',
  'list-hoverBackground': '#f2f2f2',
  'list-activeSelectionBackground': '#e8e8e8',
  'list-activeSelectionForeground': '#000000',
  ...charts('#e51400', '#1a85ff', '#bf8803', '#388a34', '#652d90'),
  ...inputs('#ffffff', '#3b3b3b', '#cecece'),
  ...hoverWidget('#f8f8f8', '#3b3b3b', '#c8c8c8'),
};

const DARK = {
  ...LIGHT,
  'editor-background': '#1f1f1f',
  foreground: '#cccccc',
  descriptionForeground: '#9d9d9d',
  focusBorder: '#0078d4',
  'textLink-foreground': '#4daafc',
  'textLink-activeForeground': '#4daafc',
  'badge-background': '#616161',
  'badge-foreground': '#f8f8f8',
  'button-background': '#0078d4',
  'button-border': '#ffffff12',
  'button-secondaryBackground': '#313131',
  'button-secondaryForeground': '#cccccc',
  'button-secondaryHoverBackground': '#3c3c3c',
  'list-hoverBackground': '#2a2d2e',
  'list-activeSelectionBackground': '#04395e',
  'list-activeSelectionForeground': '#ffffff',
  ...charts('#f14c4c', '#59a4f9', '#cca700', '#89d185', '#b180d7'),
  ...inputs('#313131', '#cccccc', '#3c3c3c'),
  ...hoverWidget('#202020', '#cccccc', '#454545'),
};

/** High contrast leaves many colours undefined and draws borders instead. */
const CONTRAST = {
  'editor-background': '#000000',
  foreground: '#ffffff',
  descriptionForeground: '#ffffff',
  contrastBorder: '#6fc3df',
  focusBorder: '#f38518',
  'textLink-foreground': '#21a6ff',
  'textLink-activeForeground': '#21a6ff',
  'badge-background': '#000000',
  'badge-foreground': '#ffffff',
  'button-background': '#000000',
  'button-foreground': '#ffffff',
  'button-border': '#6fc3df',
  'button-secondaryBackground': '#000000',
  'button-secondaryForeground': '#ffffff',
  ...charts('#f14c4c', '#59a4f9', '#cca700', '#89d185', '#b180d7'),
  ...inputs('#000000', '#ffffff', '#6fc3df'),
  ...hoverWidget('#0c141f', '#ffffff', '#6fc3df'),
};

const CONTRAST_LIGHT = {
  'editor-background': '#ffffff',
  foreground: '#292929',
  descriptionForeground: '#292929',
  contrastBorder: '#0f4a85',
  focusBorder: '#006bbd',
  'textLink-foreground': '#0f4a85',
  'textLink-activeForeground': '#0f4a85',
  'badge-background': '#0f4a85',
  'badge-foreground': '#ffffff',
  'button-background': '#0f4a85',
  'button-foreground': '#ffffff',
  'button-border': '#0f4a85',
  'button-secondaryBackground': '#ffffff',
  'button-secondaryForeground': '#292929',
  ...charts('#b5200d', '#1a85ff', '#895503', '#374e06', '#652d90'),
  ...inputs('#ffffff', '#292929', '#0f4a85'),
  ...hoverWidget('#ffffff', '#292929', '#0f4a85'),
};

const COLOURS: Readonly<Record<ThemeName, Readonly<Record<string, string>>>> = {
  light: LIGHT,
  dark: DARK,
  'high-contrast': CONTRAST,
  'high-contrast-light': CONTRAST_LIGHT,
};

/** The `style` of the root element and the class of the body, as VS Code sets them. */
export function themeOf(name: ThemeName): { readonly style: string; readonly body: string } {
  const variables = Object.entries({ ...FONTS, ...COLOURS[name] });
  const more = name === 'high-contrast-light' ? 'vscode-high-contrast ' : '';
  return {
    style: variables.map(([key, value]) => `--vscode-${key}: ${value};`).join(' '),
    body: `${more}vscode-${name}`,
  };
}
