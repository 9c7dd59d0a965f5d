/** A dialog above the page, which keeps the focus until it is closed. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { IconButton } from './icons.tsx';

export function Modal(props: {
  readonly name: string;
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
  onClose(): void;
}) {
  const { name, title, wide = false, children, onClose } = props;
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    <dialog ref={ref} class={wide ? 'modal modal-wide' : 'modal'} aria-label={name} onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <IconButton icon="close" title="Close" keys="Esc" onClick={onClose} />
      </header>
      {children}
    </dialog>
  );
}
