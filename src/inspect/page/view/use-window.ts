/** Virtual scrolling: the visible part of a long list with rows of one height. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

const SPARE = 6;

export interface ListWindow {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly first: number;
  readonly end: number;
  onScroll(): void;
}

export function useWindow(count: number, rowHeight: number): ListWindow {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0 });
  const look = () => {
    const { scrollTop: top = 0, clientHeight: height = 0 } = ref.current ?? {};
    setView((before) => (before.top === top && before.height === height ? before : { top, height }));
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    if (ref.current !== null) observer.observe(ref.current);
    look();
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.min(count - 1, Math.floor(view.top / rowHeight)) - SPARE);
  const end = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + SPARE);
  return { ref, first, end, onScroll: look };
}

/** Scrolls a list by the least amount that shows a row. */
export function reveal(list: HTMLElement | null, index: number, rowHeight: number): void {
  if (list === null || index < 0) return;
  const top = index * rowHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + rowHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = top + rowHeight - list.clientHeight;
  }
}
