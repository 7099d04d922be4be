/** The custom elements of the panel, for JSX. */
import type { HTMLAttributes } from 'preact';

type Base = HTMLAttributes<HTMLElement>;

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'vscode-button': Base & { secondary?: boolean; disabled?: boolean };
      'vscode-checkbox': Base & { label?: string; checked?: boolean };
      'vscode-single-select': Base & { label?: string; value?: string };
      'vscode-option': Base & { value?: string; selected?: boolean };
      'vscode-textfield': Base & { label?: string; value?: string; type?: string };
    }
  }
}
