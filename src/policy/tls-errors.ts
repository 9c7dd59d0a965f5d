/**
 * TLS errors, as Node names them: `ERR_SSL_` and OpenSSL's reason in capitals. `ALERT` stands in the reason of most alerts
 * that the peer sent (RFC 8446 section 6); errors without it were found on this side.
 */
/** Handshakes that fail for a while: a certificate is being loaded, a balancer has no backend, a bit was flipped. */
const passing: ReadonlySet<string> = new Set([
  'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', // alert 80: what a server without its certificate sends
  'ERR_SSL_TLSV1_ALERT_USER_CANCELLED', // alert 90
  'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', // alert 112: the name is not configured there yet
  'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR', // alert 51: the peer could not verify what it received
  'ERR_SSL_BAD_SIGNATURE', // the same on this side
  'ERR_SSL_DIGEST_CHECK_FAILED', // the same on this side, in the last message of the handshake
  'ERR_SSL_WRONG_VERSION_NUMBER', // plain text, such as HTTP, in place of a ServerHello
]);

/** A record that does not decrypt. OpenSSL 3.2 renamed `SSLV3_ALERT` to `SSL/TLS_ALERT`. */
const corrupt: ReadonlySet<string> = new Set([
  'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', // alert 20
  'ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC',
  'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
  'ERR_SSL_CIPHER_OPERATION_FAILED', // AEAD ciphers of TLS 1.2
]);

/** Alerts with which a peer refuses this side's certificate: in TLS 1.3 they arrive when the socket is open already. */
const refusal = /ALERT_.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE/;

/** The reason for a TLS error; undefined for other codes. `open`: the handshake was done. */
export function reasonOfTls(
  code: string,
  open: boolean,
): 'cut-off' | 'tls-not-ready' | 'protocol-error' | undefined {
  if (corrupt.has(code)) return 'cut-off';
  if (!open && passing.has(code)) return 'tls-not-ready';
  // Bytes that were encrypted and authentic before break on their way only.
  if (open && code.startsWith('ERR_SSL_') && !refusal.test(code)) return 'cut-off';
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? 'protocol-error' : undefined;
}

/** The code behind `EPROTO`, with which Node reports a write that TLS failed: its message has OpenSSL's reason. */
export function codeOfFailedWrite(message: string): string | undefined {
  const [, reason] = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(message) ?? [];
  return reason && `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}
