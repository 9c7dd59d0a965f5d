/** Line drawings of 16 by 16, in the colour of the text beside them. */
const paths = {
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6l7.5-4.8z',
  first: 'M4 3.5v9M12.5 3.5 6.5 8l6 4.5z',
  last: 'M12 3.5v9M3.5 3.5l6 4.5-6 4.5z',
  back: 'M10.5 3.5 5 8l5.5 4.5',
  ahead: 'M5.5 3.5 11 8l-5.5 4.5',
  export: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.2h10',
  open: 'M2.5 12.5v-9h4l1.5 2h5.5v7z',
  sun: 'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6z',
  help: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.8v.1',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5l-5 5M2.5 13.5l5-5',
  trouble: 'M8 2.8 14 13H2zM8 6.6v3M8 11.3v.1',
  compare: 'M2.5 3.5h4.5v9H2.5zM9 3.5h4.5v9H9z',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4M10.2 10.2l3.3 3.3',
  close: 'M4 4l8 8M12 4l-8 8',
  list: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  chart: 'M2 5.5h4v5H2zM10 2.5h4v4h-4zM10 9.5h4v4h-4zM6 8h2v-3.5h2M8 8v3.5h2',
  events: 'M3 3.5h.1M3 8h.1M3 12.5h.1M6 3.5h7.5M6 8h7.5M6 12.5h7.5',
  measures: 'M2 10h2.5l2-6 3 9 2-5h2.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** A button with an icon. `title` names its command, `keys` its shortcut. */
export function IconButton(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly keys?: string;
  readonly text?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  onClick(): void;
}) {
  const { icon, title, keys, text, pressed, disabled = false, onClick } = props;
  return (
    <button
      type="button"
      class="button"
      title={keys === undefined ? title : `${title} (${keys})`}
      aria-label={title}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      {text !== undefined && <span class="button-text">{text}</span>}
    </button>
  );
}
