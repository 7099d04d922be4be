import {
  EventEmitter,
  MarkdownString,
  Position,
  Range,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
} from 'vscode';
import { type DriverRow, type Group, groupsOf, matches } from './rows.ts';

type Node = Group | DriverRow;

/** The **Drivers** view: by subsystem, with counts; a click jumps to the driver struct. */
export class DriversView implements TreeDataProvider<Node> {
  private readonly changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly load: () => Promise<readonly DriverRow[]>;
  private filter = '';
  private rows: readonly DriverRow[] = [];

  constructor(load: () => Promise<readonly DriverRow[]>) {
    this.load = load;
  }

  /** Asks the server again. */
  refresh(): void {
    this.changed.fire(undefined);
  }

  /** Shows only drivers that a text fits: name, file, bus, or `hook:missing`, `dma:direct`. */
  setFilter(filter: string): void {
    this.filter = filter;
    this.refresh();
  }

  get filterText(): string {
    return this.filter;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node) return 'rows' in node ? [...node.rows] : [];
    this.rows = await this.load();
    return groupsOf(this.rows.filter((row) => matches(row, this.filter)));
  }

  getTreeItem(node: Node): TreeItem {
    return 'rows' in node ? groupItem(node) : driverItem(node);
  }

  dispose(): void {
    this.changed.dispose();
  }
}

function groupItem(group: Group): TreeItem {
  const item = new TreeItem(group.name, TreeItemCollapsibleState.Collapsed);
  item.id = group.name;
  const hooked = group.rows.filter((row) => row.hook === 'present').length;
  const drivers = `${group.rows.length} ${group.rows.length === 1 ? 'driver' : 'drivers'}`;
  item.description = `${drivers}, ${group.findings} with findings`;
  item.tooltip = `${drivers}, ${hooked} with a .shutdown hook, ${group.findings} with findings`;
  item.iconPath = new ThemeIcon('folder');
  return item;
}

function driverItem(row: DriverRow): TreeItem {
  const item = new TreeItem(row.instance, TreeItemCollapsibleState.None);
  item.description = `${row.bus} · hook ${row.hook} · DMA ${row.dma}`;
  item.tooltip = new MarkdownString(`\`${row.file}:${row.line}\``);
  item.iconPath =
    row.severity === 'warning'
      ? new ThemeIcon('warning', new ThemeColor('list.warningForeground'))
      : new ThemeIcon(row.severity === 'note' ? 'info' : 'circuit-board');
  const at = new Position(row.line - 1, 0);
  item.command = {
    title: 'Open',
    command: 'vscode.open',
    arguments: [Uri.file(row.path), { selection: new Range(at, at) }],
  };
  return item;
}
