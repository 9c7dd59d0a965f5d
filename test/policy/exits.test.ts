import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closeCodes,
  describeThrown,
  type ExitClass,
  type ExitReason,
  failureOf,
  failureOfClose,
  failureOfStatus,
  type Phase,
  platformErrors,
  reasonClasses,
} from '../../src/policy/exits.ts';

const wall = Date.UTC(2026, 0, 1);

function platformError(code: unknown, message = 'it broke'): Error {
  return Object.assign(new Error(message), { code });
}

describe('the class of a reason', () => {
  test.each<[ExitClass, string]>([
    ['normal', 'closed-by-us closed-by-peer idle-timeout max-age'],
    [
      'retryable',
      'cut-off refused unreachable not-found reset connect-timeout handshake-timeout heartbeat-timeout ' +
        'write-timeout going-away upgrade-refused provider-failed tls-not-ready resources crashed',
    ],
    ['fatal', 'unauthorized certificate replaced protocol-error message-too-big bad-config'],
  ])('is %s for %s, and for nothing else', (exitClass, reasons) => {
    const found = Object.entries(reasonClasses).filter(([, each]) => each === exitClass);
    expect(found.map(([reason]) => reason)).toEqual(reasons.split(' '));
  });
});

describe('a platform error', () => {
  test.each<[code: string, opening: ExitReason, open: ExitReason]>([
    ['ECONNREFUSED', 'refused', 'refused'],
    ['ENOENT', 'refused', 'refused'],
    ['EHOSTUNREACH', 'unreachable', 'unreachable'],
    ['ENETUNREACH', 'unreachable', 'unreachable'],
    ['EHOSTDOWN', 'unreachable', 'unreachable'],
    ['ENETDOWN', 'unreachable', 'unreachable'],
    ['ENOTFOUND', 'not-found', 'not-found'],
    ['EAI_AGAIN', 'not-found', 'not-found'],
    ['EAI_NODATA', 'not-found', 'not-found'],
    ['ECONNRESET', 'reset', 'reset'],
    ['EPIPE', 'reset', 'reset'],
    ['ECONNABORTED', 'reset', 'reset'],
    ['ETIMEDOUT', 'connect-timeout', 'cut-off'],
    ['EMFILE', 'resources', 'resources'],
    ['ENFILE', 'resources', 'resources'],
    ['ENOBUFS', 'resources', 'resources'],
    ['ENOMEM', 'resources', 'resources'],
    ['EADDRNOTAVAIL', 'resources', 'resources'],
    ['EADDRINUSE', 'resources', 'resources'],
    ['EACCES', 'unreachable', 'unreachable'],
    ['EPERM', 'unreachable', 'unreachable'],
    ['EPROTO', 'protocol-error', 'protocol-error'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-not-ready', 'cut-off'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'tls-not-ready', 'cut-off'],
    ['ERR_SSL_TLSV1_ALERT_USER_CANCELLED', 'tls-not-ready', 'cut-off'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'tls-not-ready', 'cut-off'],
    ['ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR', 'tls-not-ready', 'cut-off'],
    ['ERR_SSL_BAD_SIGNATURE', 'tls-not-ready', 'cut-off'],
    ['ERR_SSL_DIGEST_CHECK_FAILED', 'tls-not-ready', 'cut-off'],
    ['CERT_NOT_YET_VALID', 'tls-not-ready', 'tls-not-ready'],
    ['CRL_NOT_YET_VALID', 'tls-not-ready', 'tls-not-ready'],
    ['ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', 'cut-off', 'cut-off'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC', 'cut-off', 'cut-off'],
    ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'cut-off', 'cut-off'],
    ['ERR_SSL_CIPHER_OPERATION_FAILED', 'cut-off', 'cut-off'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'protocol-error', 'protocol-error'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'protocol-error', 'protocol-error'],
    ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'protocol-error', 'protocol-error'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'protocol-error', 'protocol-error'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'protocol-error', 'protocol-error'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'protocol-error', 'cut-off'],
    ['ERR_TLS_INVALID_PROTOCOL_VERSION', 'protocol-error', 'protocol-error'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate', 'certificate'],
    ['CERT_HAS_EXPIRED', 'certificate', 'certificate'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate', 'certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate', 'certificate'],
    ['ESOMETHINGNEW', 'unreachable', 'reset'],
    ['', 'unreachable', 'reset'],
    ['constructor', 'unreachable', 'reset'],
    ['__proto__', 'unreachable', 'reset'],
  ])('%s is %s while opening and %s after', (code, opening, open) => {
    expect(failureOf(platformError(code), 'opening').reason).toBe(opening);
    expect(failureOf(platformError(code), 'open').reason).toBe(open);
  });

  test('is kept with its code and message', () => {
    const error = platformError('EPIPE');
    expect(failureOf(error, 'open')).toEqual({ reason: 'reset', code: 'EPIPE', detail: 'it broke', error });
  });

  test.each<[string, unknown, string]>([
    ['an error without a message by its code', platformError('ECONNREFUSED', ''), 'ECONNREFUSED'],
    ['an error without code and message by its name', new RangeError(), 'RangeError'],
    ['a thrown text by itself', 'boom', 'boom'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a number', 7, '7'],
  ])('describes %s', (_title, error, detail) => {
    expect(failureOf(error, 'open').detail).toBe(detail);
  });

  test('is refused when two addresses of a name refuse', () => {
    const attempts = [platformError('ECONNREFUSED'), platformError('ECONNREFUSED')];
    const error = Object.assign(new AggregateError(attempts), { code: 'ECONNREFUSED' });
    expect(failureOf(error, 'opening')).toMatchObject({ reason: 'refused', detail: 'ECONNREFUSED' });
  });

  test.each([[42], [null], [undefined], [{}]])('with the code %j has no code', (code) => {
    expect(failureOf(platformError(code), 'opening')).not.toHaveProperty('code');
    expect(failureOf(platformError(code), 'opening').reason).toBe('unreachable');
  });

  test('always has a reason with a class', () => {
    const code = fc.oneof(fc.string(), fc.constantFrom(...Object.keys(platformErrors)));
    fc.assert(
      fc.property(
        fc.oneof(
          code.map((each) => platformError(each)),
          fc.jsonValue(),
        ),
        (error) => {
          for (const phase of ['opening', 'open'] satisfies Phase[]) {
            expect(Object.keys(reasonClasses)).toContain(failureOf(error, phase).reason);
          }
        },
      ),
    );
  });
});

describe('a close code', () => {
  test.each<[number, ExitReason]>([
    [1000, 'closed-by-peer'],
    [1001, 'going-away'],
    [1002, 'protocol-error'],
    [1003, 'protocol-error'],
    [1005, 'closed-by-peer'],
    [1006, 'cut-off'],
    [1007, 'protocol-error'],
    [1008, 'unauthorized'],
    [1009, 'message-too-big'],
    [1010, 'protocol-error'],
    [1011, 'going-away'],
    [1012, 'going-away'],
    [1013, 'going-away'],
    [1014, 'going-away'],
    [1015, 'certificate'],
    [3000, 'unauthorized'],
    [3003, 'unauthorized'],
    [4000, 'closed-by-peer'],
    [4999, 'closed-by-peer'],
  ])('%d means %s', (code, reason) => {
    expect(failureOfClose(code, '')).toEqual({ reason, code });
  });

  test('always has a reason with a class', () => {
    const code = fc.oneof(fc.integer(), fc.constantFrom(...Object.keys(closeCodes).map(Number)));
    fc.assert(
      fc.property(code, fc.string(), (each, reason) => {
        expect(Object.keys(reasonClasses)).toContain(failureOfClose(each, reason).reason);
      }),
    );
  });
});

describe('the hint in a close reason', () => {
  test.each<[string, number | undefined]>([
    ['retry-after=7s', 7000],
    ['retry-after=7', 7000],
    ['retry-after=250ms', 250],
    ['retry-after=1.5s', 1500],
    ['retry-after=0', 0],
    ['overloaded; retry-after=7s; see status page', 7000],
    ['come back (retry-after=7s).', 7000],
    ['retry-after=7.', 7000],
    ['', undefined],
    ['overloaded', undefined],
    ['retry-after', undefined],
    ['retry-after=', undefined],
    ['retry-after=soon', undefined],
    ['retry-after=-7s', undefined],
    ['retry-after=7 s later', 7000],
    ['retry-after=7seconds', undefined],
    ['retry-after=7m', undefined],
    ['retry-after=1.5m', undefined],
    ['retry-after=1e9', undefined],
    ['dontretry-after=7s', undefined],
  ])('of %j is %s', (reason, expected) => {
    expect(failureOfClose(1013, reason).retryAfterMs).toBe(expected);
  });

  test('leaves the reason readable', () => {
    expect(failureOfClose(1013, 'full, retry-after=2s')).toEqual({
      reason: 'going-away',
      code: 1013,
      detail: 'full, retry-after=2s',
      retryAfterMs: 2000,
    });
  });
});

test('exits: an error of another realm, as those of Node are under Jest, is described by its message alone', () => {
  const error = runInNewContext("Object.assign(new Error('it broke'), { code: 'ECONNRESET' })");
  expect(error).not.toBeInstanceOf(Error);
  expect(failureOf(error, 'open')).toEqual({
    reason: 'reset',
    code: 'ECONNRESET',
    detail: 'it broke',
    error,
  });
  expect(failureOf(runInNewContext("Object.assign(new Error(''), { code: 'EPIPE' })"), 'open').detail).toBe(
    'EPIPE',
  );
  expect(describeThrown({ message: 'no error' })).toBe('[object Object]');
});

describe('an HTTP status', () => {
  test.each<[number, ExitReason]>([
    [200, 'upgrade-refused'],
    [301, 'upgrade-refused'],
    [400, 'upgrade-refused'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'upgrade-refused'],
    [429, 'upgrade-refused'],
    [500, 'upgrade-refused'],
    [503, 'upgrade-refused'],
  ])('%d means %s', (status, reason) => {
    const detail = `the upgrade was answered with status ${status}`;
    expect(failureOfStatus(status, undefined, wall)).toEqual({ reason, code: status, detail });
  });
});

describe('a Retry-After header', () => {
  test.each<[string, number | undefined]>([
    ['7', 7000],
    [' 7 ', 7000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7000],
    ['Thu, 01 Jan 2026 01:00:00 GMT', 3_600_000],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
    ['Thursday, 01-Jan-26 00:00:07 GMT', 7000],
    ['', undefined],
    ['soon', undefined],
    ['soon 7', undefined],
    ['-7', undefined],
    ['1.5', undefined],
    ['7s', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
  ])('%j asks for %s ms', (text, expected) => {
    expect(failureOfStatus(503, text, wall).retryAfterMs).toBe(expected);
  });

  test('is never a negative wait, and never NaN', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)), (text) => {
        expect(failureOfStatus(503, text, wall).retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
