/** Applies the change of a row, for the page and for the mirror of a reporter. */
import { type Row, type RowChange, RTT_HISTORY } from './rows.ts';

export function changedRow(row: Row, { rtts, ...fields }: RowChange): Row {
  const known = Object.entries({ ...row, ...fields }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const next = Object.fromEntries(known) as unknown as Row;
  return rtts ? { ...next, rtts: [...(row.rtts ?? []), ...rtts].slice(-RTT_HISTORY) } : next;
}
