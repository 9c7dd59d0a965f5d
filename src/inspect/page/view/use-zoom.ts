/** The visible part of a drawing: all of it, a readable part around the active state, or the user's choice. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Box } from '../../chart-layout.ts';

/** Smallest scale of a whole drawing; below it, a part around the active state is shown at `FOLLOWING`. */
const READABLE = 0.54;
const FOLLOWING = 0.8;
const [LEAST, MOST] = [0.2, 3];

interface View {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

export interface Zoom {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly view: View;
  readonly dragging: boolean;
  readonly fitted: boolean;
  by(factor: number): void;
  fit(): void;
}

export function useZoom(
  size: { readonly width: number; readonly height: number },
  focus: Box | undefined,
): Zoom {
  const ref = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 0, height: 0 });
  const [own, setOwn] = useState<View | undefined>(undefined);
  const [dragging, setDragging] = useState(false);
  const view = own ?? fitting(size, room, focus);
  const current = useRef(view);
  current.current = view;
  useLayoutEffect(() => follow(ref.current, setRoom), []);
  useEffect(() => control(ref.current, current, setOwn, setDragging), []);
  const middle = { x: room.width / 2, y: room.height / 2 };
  return {
    ref,
    view,
    dragging,
    fitted: own === undefined,
    by: (factor) => setOwn(zoomed(view, factor, middle)),
    fit: () => setOwn(undefined),
  };
}

function fitting(
  size: Pick<Box, 'width' | 'height'>,
  room: Pick<Box, 'width' | 'height'>,
  focus: Box | undefined,
): View {
  const all = Math.min(room.width / size.width, room.height / size.height, 1.35);
  if (all >= READABLE || focus === undefined) {
    return { k: all, x: (room.width - size.width * all) / 2, y: (room.height - size.height * all) / 2 };
  }
  const k = Math.min(FOLLOWING, room.width / (focus.width + 24));
  return {
    k,
    x: placed(focus.x + focus.width / 2, size.width, room.width, k),
    y: placed(focus.y + focus.height / 2, size.height, room.height, k),
  };
}

/** Centres a place, without showing space beside the drawing. */
function placed(at: number, size: number, room: number, k: number): number {
  const wanted = room / 2 - at * k;
  const least = room - size * k;
  return least > 0 ? least / 2 : Math.max(least, Math.min(0, wanted));
}

function zoomed({ k, x, y }: View, factor: number, at: { readonly x: number; readonly y: number }): View {
  const next = Math.max(LEAST, Math.min(MOST, k * factor));
  return { k: next, x: at.x - ((at.x - x) / k) * next, y: at.y - ((at.y - y) / k) * next };
}

function follow(element: HTMLElement | null, report: (room: { width: number; height: number }) => void) {
  if (element === null) return;
  const observer = new ResizeObserver(() =>
    report({ width: element.clientWidth, height: element.clientHeight }),
  );
  observer.observe(element);
  return () => observer.disconnect();
}

function control(
  element: HTMLElement | null,
  current: { readonly current: View },
  report: (view: View) => void,
  drag: (on: boolean) => void,
) {
  if (element === null) return;
  const gone = new AbortController();
  const { signal } = gone;
  let from: { readonly x: number; readonly y: number; readonly view: View } | undefined;
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { left, top } = element.getBoundingClientRect();
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015));
    report(zoomed(current.current, factor, { x: event.clientX - left, y: event.clientY - top }));
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as Element).closest('button') !== null) return;
    from = { x: event.clientX, y: event.clientY, view: current.current };
    element.setPointerCapture(event.pointerId);
  };
  const move = ({ clientX, clientY }: PointerEvent) => {
    if (from === undefined) return;
    drag(true);
    const { view } = from;
    report({ ...view, x: view.x + clientX - from.x, y: view.y + clientY - from.y });
  };
  const up = () => {
    from = undefined;
    drag(false);
  };
  element.addEventListener('wheel', wheel, { signal, passive: false });
  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  return () => gone.abort();
}
