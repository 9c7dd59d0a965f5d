/** The entries of the package, and the declarations that each exports. */
import { type ExportedDeclarations, Project } from 'ts-morph';
import manifest from '../../package.json' with { type: 'json' };

export interface Face {
  /** As users import it: `holdfast/tcp`. */
  readonly name: string;
  /** The file of its page, in `docs/reference`. */
  readonly page: string;
  readonly source: string;
  readonly exports: Exports;
  /** Names that only one half of the entry exports, with a sentence that says which. */
  readonly apart: ReadonlyMap<string, string>;
}

export type Exports = ReadonlyMap<string, readonly ExportedDeclarations[]>;

type Conditions = string | { readonly [condition: string]: Conditions };

/** The source behind `./dist/tcp.js`, by the first of the conditions that leads to one. */
function sourceOf(entry: Conditions, conditions: readonly string[]): string | undefined {
  if (typeof entry === 'string') return /^\.\/dist\/([\w.-]+)\.js$/.exec(entry)?.[1];
  const found = Object.keys(entry).find(
    (key) => conditions.includes(key) && sourceOf(entry[key] ?? '', conditions),
  );
  return found && sourceOf(entry[found] ?? '', conditions);
}

export function faces(): readonly Face[] {
  const project = new Project({ tsConfigFilePath: 'tsconfig.json', skipAddingFilesFromTsConfig: true });
  project.addSourceFilesAtPaths('src/*.ts');
  project.resolveSourceFileDependencies();
  const exportsOf = (source: string): Exports =>
    project.getSourceFileOrThrow(`src/${source}.ts`).getExportedDeclarations();
  return Object.entries(manifest.exports as Record<string, Conditions>).flatMap(([path, entry]) => {
    // A file, such as JSON, or the script of a worker, which exports nothing.
    if (typeof entry === 'string') return [];
    const source = sourceOf(entry, ['import', 'default']);
    const other = sourceOf(entry, ['browser', 'import', 'default']);
    if (source === undefined || other === undefined) return [];
    const name = path.replace('.', manifest.name);
    const halves = [exportsOf(source), exportsOf(other)] as const;
    return {
      name,
      page: `${name.replaceAll('/', '-')}.md`,
      source,
      exports: new Map([...halves[1], ...halves[0]]),
      apart: new Map([
        ...missing(...halves, 'In Node alone.'),
        ...missing(halves[1], halves[0], 'In browsers alone.'),
      ]),
    };
  });
}

function missing(from: Exports, other: Exports, sentence: string): [string, string][] {
  return [...from.keys()].filter((name) => !other.has(name)).map((name) => [name, sentence]);
}
