/** The page: the list to the left, the selected connection to the right; on a narrow screen one panel at a time. */
import { useEffect, useState } from 'preact/hooks';
import { chartAlone, narrow, type Panel, panel } from '../model/actions.ts';
import { announcement } from '../model/announce.ts';
import { openFile } from '../model/recordings.ts';
import * as state from '../model/state.ts';
import { Confirm } from './act.tsx';
import { Chart } from './chart.tsx';
import { Compare } from './compare.tsx';
import { Events } from './events.tsx';
import { Gates } from './gates.tsx';
import { Header } from './header.tsx';
import { Heading } from './heading.tsx';
import { Help } from './help.tsx';
import { Icon, IconButton } from './icons.tsx';
import { List } from './list.tsx';
import { Measures } from './measures.tsx';
import { Opening } from './opening.tsx';
import { Timeline } from './timeline.tsx';
import { Toolbar } from './toolbar.tsx';
import { Welcome } from './welcome.tsx';

export function App() {
  const over = useDrop();
  return (
    <>
      {state.source.value === 'none' ? <Welcome /> : <Inspector />}
      <Help />
      <Compare />
      <Confirm />
      <Notice />
      <Opening />
      <output class="heard" aria-live="polite">
        {announcement.value}
      </output>
      {over && <div class="drop">Drop the recording</div>}
    </>
  );
}

function Inspector() {
  const isWhole = narrow.value && panel.value === 'list';
  return (
    <div
      class="app"
      data-panel={panel.value}
      data-chart-alone={chartAlone.value}
      data-source={state.source.value}
    >
      <Header />
      <div class="side" role={isWhole ? 'main' : 'complementary'}>
        {isWhole && <h1 class="heard">connections</h1>}
        <Toolbar />
        <List />
        <Gates />
      </div>
      <main class="main">
        <Heading />
        <Chart />
        <Events />
        <Measures />
        <Timeline />
      </main>
      <Tabs />
    </div>
  );
}

const tabs: readonly Panel[] = ['list', 'chart', 'events', 'measures'];

function Tabs() {
  return (
    <nav class="tabs" aria-label="panels">
      {tabs.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={panel.value === name}
          onClick={() => (panel.value = name)}
        >
          <Icon name={name} />
          {name === 'measures' ? 'liveness' : name}
        </button>
      ))}
    </nav>
  );
}

function Notice() {
  const text = state.notice.value;
  if (text === undefined) return null;
  return (
    <div class="notice" role="alert">
      {text}
      <IconButton icon="close" title="Dismiss" onClick={() => (state.notice.value = undefined)} />
    </div>
  );
}

/** True while a file is dragged over the page. Opens the file that is dropped. */
function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const gone = new AbortController();
    const { signal } = gone;
    const hold = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void openFile(file);
    };
    const leave = ({ relatedTarget }: DragEvent) => relatedTarget === null && setOver(false);
    addEventListener('dragover', hold, { signal });
    addEventListener('drop', drop, { signal });
    addEventListener('dragleave', leave, { signal });
    return () => gone.abort();
  }, []);
  return over;
}
