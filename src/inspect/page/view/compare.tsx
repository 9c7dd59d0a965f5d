/** Two connections side by side; what differs is marked. */
import { phaseOf } from '../../counts.ts';
import type { Row } from '../../rows.ts';
import { compared, comparedRow, comparing, endComparison } from '../model/compare.ts';
import { bytes, count, date, duration, ms } from '../model/format.ts';
import { labelTexts } from '../model/query.ts';
import { idOf } from '../model/reporters.ts';
import * as state from '../model/state.ts';
import { HourStrip } from './band.tsx';
import { peerText, rateText, tlsText, wholeText } from './facts.tsx';
import { Modal } from './modal.tsx';
import { Pill } from './phase.tsx';
import { Spark } from './spark.tsx';

type Fact = readonly [name: string, of: (row: Row, now: number) => string | undefined];

const facts: readonly Fact[] = [
  ['endpoint', ({ url }) => url],
  ['process', ({ reporter }) => reporter],
  ['labels', ({ labels }) => labels && labelTexts(labels).join(', ')],
  ['protocol', ({ protocol, mode, side }) => [protocol, mode, side].filter(Boolean).join(' · ')],
  ['status', ({ status, because }) => [status, because].filter(Boolean).join(' · ')],
  ['node', ({ node }) => node],
  ['incarnation', ({ incarnation }) => `#${incarnation}`],
  ['attempt', ({ attempt }) => attempt?.toString()],
  [
    'last end',
    ({ reason, code }) =>
      reason === undefined ? undefined : `${reason}${code === undefined ? '' : ` · ${code}`}`,
  ],
  ['rtt', ({ rttMs }) => (rttMs === undefined ? undefined : ms(rttMs))],
  ['in state', ({ stateSince }, now) => duration(now - stateSince)],
  ['age', ({ since }, now) => duration(now - since)],
  ['in', ({ traffic }) => traffic && rateText(traffic.in)],
  ['in, whole', ({ traffic }) => traffic && wholeText(traffic.in)],
  ['out', ({ traffic }) => traffic && rateText(traffic.out)],
  ['out, whole', ({ traffic }) => traffic && wholeText(traffic.out)],
  [
    'outbox',
    ({ traffic }) => traffic && `${count(traffic.outbox.messages)} · ${bytes(traffic.outbox.bytes)}`,
  ],
  ['peer', ({ peer }) => peer && peerText(peer)],
  ['tls', ({ peer }) => peer?.tls && tlsText(peer.tls)],
  ['certificate', ({ peer }) => peer?.tls?.certificate?.subject],
  ['issuer', ({ peer }) => peer?.tls?.certificate?.issuer],
  ['names', ({ peer }) => peer?.tls?.certificate?.names],
  ['valid', ({ peer }) => validText(peer?.tls?.certificate)],
  ['fingerprint', ({ peer }) => peer?.tls?.certificate?.fingerprint],
  ['session', ({ session }) => session && `${session.id} · ${session.node} · epoch ${session.epoch}`],
];

type Certificate = NonNullable<NonNullable<NonNullable<Row['peer']>['tls']>['certificate']>;

function validText(certificate: Certificate | undefined): string | undefined {
  return certificate && `${date(certificate.validFrom)} to ${date(certificate.validTo)}`;
}

export function Compare() {
  const [one, other] = [comparedRow.value, state.selectedRow.value];
  if (!comparing.value || one === undefined || other === undefined) return null;
  const both = [one, other];
  const rows = facts.flatMap(([name, of]) => {
    const values = both.map((row) => of(row, state.timeOf(row)));
    return values.every((value) => value === undefined) ? [] : [{ name, values }];
  });
  return (
    <Modal name="comparison" title="Two connections" wide onClose={() => (comparing.value = false)}>
      <div class="compare-scroll">
        <table class="compare">
          <thead>
            <tr>
              <th scope="col">fact</th>
              {both.map((row) => (
                <th key={row.id} scope="col" class={`s-${phaseOf(row)}`}>
                  {idOf(row.id)} <Pill row={row} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">round trips</th>
              {both.map((row) => (
                <td key={row.id} class={`s-${phaseOf(row)}`}>
                  <Spark rtts={row.rtts ?? []} />
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">last hour</th>
              {both.map((row) => (
                <td key={row.id}>
                  <HourStrip id={row.id} />
                </td>
              ))}
            </tr>
            {rows.map(({ name, values: [left, right] }) => (
              <tr key={name} data-fact={name} data-differs={left !== right}>
                <th scope="row">{name}</th>
                <td>{left ?? '–'}</td>
                <td>{right ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Modal>
  );
}

/** In the heading: which connection is marked. */
export function CompareMark() {
  const row = comparedRow.value;
  if (row === undefined) return null;
  const here = compared.value === state.selected.value;
  return (
    <span class="compare-mark">
      {here ? 'select another to compare' : `marked: ${idOf(row.id)}`}
      <button type="button" class="link" onClick={endComparison}>
        clear
      </button>
    </span>
  );
}
