/** Starts the page: live if its URL has a token, otherwise to open recordings. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import { followScreen, startTicking } from './model/actions.ts';
import { followBadge } from './model/badge.ts';
import { followHash } from './model/deep-link.ts';
import { followKeys } from './model/keys.ts';
import { connectLive } from './model/live.ts';
import { openServed } from './model/recordings.ts';
import './styles/base.css';
import './styles/list.css';
import './styles/chart.css';
import './styles/detail.css';
import './styles/overview.css';
import './styles/compare.css';
import './styles/forced-colors.css';
import { App } from './view/app.tsx';

followScreen();
followKeys();
followBadge();
const served = document.querySelector<HTMLMetaElement>('meta[name="holdfast-recording"]');
const token = new URLSearchParams(location.search).get('token');
if (served !== null) void openServed(served.content, served.dataset.name ?? '');
else if (location.protocol.startsWith('http') && token !== null) {
  followHash();
  connectLive(
    `${location.protocol.replace('http', 'ws')}//${location.host}/wire?token=${encodeURIComponent(token)}`,
  );
}
startTicking();
const page = document.querySelector('#page');
if (page !== null) render(<App />, page);
