/** Renders a chart as a Mermaid `stateDiagram-v2`. */
import type { ChartEdge, ChartModel, ChartNode, ChartPart } from '../inspect/chart-model.ts';

export function mermaid(model: ChartModel): string {
  const [root] = model.nodes;
  if (root === undefined) return 'stateDiagram-v2';
  const lines = [
    'stateDiagram-v2',
    ...inside(model, root).map(indent),
    ...model.edges.flatMap(arrow).map(indent),
  ];
  return lines.join('\n');
}

function inside(model: ChartModel, parent: ChartNode): string[] {
  const children = model.nodes.filter((node) => node.parent === parent.id);
  const start = parent.initial === undefined ? [] : [`[*] --> ${alias(parent.initial)}`];
  return [...start, ...children.flatMap((child) => block(model, child))];
}

function block(model: ChartModel, node: ChartNode): string[] {
  const name = `state "${node.key}" as ${alias(node.id)}`;
  const body = inside(model, node);
  if (node.type === 'final') return [name, `${alias(node.id)} --> [*]`];
  return body.length === 0 ? [name] : [`${name} {`, ...body.map(indent), '}'];
}

/** Leaves out a transition that has neither target nor action: ignoring an event has no arrow. */
function arrow({ from, to, event, guard, actions }: ChartEdge): string[] {
  if (to === undefined && actions.length === 0) return [];
  const condition = guard === undefined ? '' : ` [${call(guard)}]`;
  const effects = actions.length === 0 ? '' : ` / ${actions.map(call).join(', ')}`;
  return [`${alias(from)} --> ${alias(to ?? from)} : ${event}${condition}${effects}`];
}

function call({ type, params }: ChartPart): string {
  if (typeof params !== 'object' || params === null) return type;
  return `${type}(${Object.values(params).flat().join(', ')})`;
}

/** Mermaid allows neither dots nor hyphens in identifiers. */
function alias(id: string): string {
  return id.slice(id.indexOf('.') + 1).replaceAll(/[.-]/g, '_');
}

function indent(line: string): string {
  return `  ${line}`;
}
