/** A chart in full, with all of its transitions; can be enlarged and dragged. */
import type { ComponentChildren } from 'preact';
import type { ChartName } from '../../chart-names.ts';
import { chartAlone } from '../model/actions.ts';
import type { ChartMoment, DrawnChart } from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { Picture } from './chart-picture.tsx';
import { IconButton } from './icons.tsx';
import { useZoom } from './use-zoom.ts';

const NOTHING: readonly string[] = [];

export interface CanvasProps {
  readonly name: ChartName;
  readonly chart: DrawnChart;
  readonly moment: ChartMoment;
  /** The last step of either chart. */
  readonly step: Step | undefined;
  /** Id of the innermost active node. */
  readonly active: string | undefined;
  /** Drawn on top, in units of the layout. */
  readonly children?: ComponentChildren;
}

export function Canvas({ name, chart, moment: { move }, step, active, children }: CanvasProps) {
  const { model, layout } = chart;
  const own = step?.chart === name ? step : undefined;
  const zoom = useZoom(layout, active === undefined ? undefined : layout.nodes[active]);
  const { ref, view, dragging, fitted } = zoom;
  const moves = dragging || !fitted ? '' : 'glides';
  return (
    <div
      class="canvas"
      ref={ref}
      data-chart={name}
      style={{ flexGrow: name === 'session' ? 0 : layout.height }}
    >
      <svg class={moves} role="img" aria-label={`${name} chart, in ${active ?? 'no state'}`}>
        <g style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.k})` }}>
          <Picture
            model={model}
            layout={layout}
            active={active}
            lit={move?.edges ?? NOTHING}
            stayed={own === move ? NOTHING : (own?.edges ?? NOTHING)}
            unhandled={own?.unhandled ? own.event.type : undefined}
            at={move?.t}
            since={own?.t}
          />
          {children}
        </g>
      </svg>
      <span class="canvas-name">{name}</span>
      <ZoomButtons zoom={zoom} alone={name === 'connection'} />
    </div>
  );
}

function ZoomButtons(props: { readonly zoom: ReturnType<typeof useZoom>; readonly alone: boolean }) {
  const { by, fit, fitted } = props.zoom;
  return (
    <div class="zoom">
      <IconButton icon="plus" title="Zoom in" onClick={() => by(1.25)} />
      <IconButton icon="minus" title="Zoom out" onClick={() => by(0.8)} />
      <IconButton icon="fit" title="Fit the whole chart" disabled={fitted} onClick={fit} />
      {props.alone && (
        <IconButton
          icon="expand"
          title="All charts in full"
          keys="F"
          pressed={chartAlone.value}
          onClick={() => (chartAlone.value = !chartAlone.value)}
        />
      )}
    </div>
  );
}
