/** Facts of the selected connection: what passes its socket, and who is at the other end. */
import type { ComponentChildren } from 'preact';
import type { Passed, Row, RowPeer, RowTls } from '../../rows.ts';
import { bytes, count, date, duration, ms, percent, rate } from '../model/format.ts';
import { vitals } from '../model/reporters.ts';

export function Fact(props: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly title?: string;
  readonly wide?: boolean;
  readonly alarm?: boolean;
}) {
  const {
    name,
    value,
    wide = false,
    alarm = false,
    title = typeof value === 'string' ? value : undefined,
  } = props;
  return (
    <div class={wide ? 'fact fact-wide' : 'fact'} data-fact={name} data-alarm={alarm}>
      <dt>{name}</dt>
      <dd {...(title !== undefined && { title })}>{value}</dd>
    </div>
  );
}

export function TrafficFacts({ row: { traffic } }: { readonly row: Row }) {
  if (traffic === undefined) return null;
  const { since, outbox } = traffic;
  const titleOf = (passed: Passed) => `${wholeText(passed)} since ${date(since)}`;
  return (
    <>
      <Fact name="in" value={rateText(traffic.in)} title={titleOf(traffic.in)} />
      <Fact name="out" value={rateText(traffic.out)} title={titleOf(traffic.out)} />
      {outbox.messages > 0 && (
        <Fact name="outbox" value={`${count(outbox.messages)} · ${bytes(outbox.bytes)}`} alarm />
      )}
    </>
  );
}

/** `12/s · 3.4 kB/s`. */
export function rateText({ messageRate, byteRate }: Passed): string {
  return `${rate(messageRate)}/s · ${bytes(Math.round(byteRate))}/s`;
}

/** `1,234 messages, 5.6 MB`. */
export function wholeText({ messages, bytes: size }: Passed): string {
  return `${count(messages)} ${messages === 1 ? 'message' : 'messages'}, ${bytes(size)}`;
}

/** A certificate that ends within this time is marked, in milliseconds. */
const SOON_MS = 14 * 86_400_000;

export function PeerFacts({ row: { peer }, now }: { readonly row: Row; readonly now: number }) {
  if (peer === undefined) return null;
  const { tls } = peer;
  const { certificate } = tls ?? {};
  return (
    <>
      <Fact name="peer" value={peerText(peer)} />
      {tls !== undefined && <Fact name="tls" value={tls.version} title={tlsText(tls)} />}
      {certificate !== undefined && (
        <Fact
          name="certificate"
          value={`${certificate.subject} · ${expiryText(certificate.validTo, now)}`}
          alarm={certificate.validTo - now < SOON_MS}
        />
      )}
    </>
  );
}

export function peerText({ address, port, family }: RowPeer): string {
  if (address === undefined) return family;
  return `${family === 'IPv6' ? `[${address}]` : address}${port === undefined ? '' : `:${port}`}`;
}

export function tlsText({ version, cipher, authorized, resumed }: RowTls): string {
  return [version, cipher, authorized ? 'verified' : 'not verified', resumed && 'resumed']
    .filter(Boolean)
    .join(' · ');
}

export function expiryText(validTo: number, now: number): string {
  return validTo <= now ? `expired ${duration(now - validTo)} ago` : `ends in ${duration(validTo - now)}`;
}

/** How a process fares; empty before it was told. */
export function vitalsText(reporter: string | undefined): string {
  const known = vitals.value.get(reporter);
  if (known === undefined) return '';
  const { lagMs, busy, cpu, rssBytes, heapBytes } = known;
  const memory = rssBytes ?? heapBytes;
  const parts = [
    `lag ${ms(lagMs)}`,
    busy !== undefined && `loop ${percent(busy)}`,
    cpu !== undefined && `cpu ${percent(cpu)}`,
    memory !== undefined && `${bytes(memory)}${rssBytes === undefined ? ' heap' : ''}`,
  ];
  return parts.filter(Boolean).join(' · ');
}
