import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/transport/proxy-environment.ts';

const proxy = 'http://proxy:3128';
const chosen = (target: string, variables: Record<string, string>) =>
  proxyFor(new URL(target), variables)?.variable;

describe('the variable for a target', () => {
  it.each([
    ['wss://a', { https_proxy: proxy, http_proxy: proxy }, 'https_proxy'],
    ['ws://a', { https_proxy: proxy, http_proxy: proxy }, 'http_proxy'],
    ['wss://a', { http_proxy: proxy }, undefined],
    ['ws://a', { https_proxy: proxy }, undefined],
    ['wss://a', { HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    ['ws://a', { HTTP_PROXY: proxy }, 'HTTP_PROXY'],
    ['ws://a', { HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' }, undefined],
    ['ws://a', { http_proxy: proxy, REQUEST_METHOD: 'GET' }, 'http_proxy'],
    ['wss://a', { all_proxy: proxy }, 'all_proxy'],
    ['ws://a', { ALL_PROXY: proxy }, 'ALL_PROXY'],
    ['ws://a', { http_proxy: proxy, all_proxy: proxy }, 'http_proxy'],
    ['ws://a', { http_proxy: ' ', HTTP_PROXY: proxy }, 'HTTP_PROXY'],
    ['ws://a', {}, undefined],
  ])('%s with %j: %s', (target, variables, expected) => {
    expect(chosen(target, variables)).toBe(expected);
  });

  it.each([
    [' proxy:3128 ', 'http://proxy:3128'],
    ['user:p@proxy:3128', 'http://user:p@proxy:3128'],
    ['HTTPS://proxy', 'HTTPS://proxy'],
    ['socks5h://proxy', 'socks5h://proxy'],
  ])('reads "%s"', (value, url) => {
    expect(proxyFor(new URL('ws://a'), { http_proxy: value })).toEqual({ variable: 'http_proxy', url });
  });
});

describe('no_proxy', () => {
  it.each([
    ['*', 'ws://a.example', true],
    ['a.example', 'ws://a.example', true],
    ['a.example', 'ws://b.a.example', true],
    ['a.example', 'ws://ba.example', false],
    ['a.example', 'ws://example', false],
    ['A.Example.', 'ws://a.example', true],
    ['a.example', 'ws://A.EXAMPLE.', true],
    ['.a.example', 'ws://a.example', true],
    ['.a.example', 'ws://b.a.example', true],
    ['*.a.example', 'ws://b.a.example', true],
    ['*.a.example', 'ws://ba.example', false],
    ['*a.example', 'ws://ba.example', false],
    ['x, a.example', 'ws://a.example', true],
    ['x a.example', 'ws://a.example', true],
    ['a.example:80', 'ws://a.example', true],
    ['a.example:80', 'wss://a.example', false],
    ['a.example:443', 'wss://a.example', true],
    ['a.example:8080', 'ws://a.example:8080', true],
    ['a.example:8080', 'ws://a.example', false],
    ['127.0.0.1', 'ws://127.0.0.1:5', true],
    ['127.0.0.1:5', 'ws://127.0.0.1:5', true],
    ['127.0.0.1:6', 'ws://127.0.0.1:5', false],
    ['0.0.1', 'ws://127.0.0.1', false],
    ['10.0.0.0/8', 'ws://10.1.2.3', true],
    ['10.0.0.0/8', 'ws://11.1.2.3', false],
    ['10.0.0.0/0', 'ws://11.1.2.3', true],
    ['10.0.0.0/33', 'ws://10.0.0.0', false],
    ['10.0.0.0/x', 'ws://10.0.0.0', false],
    ['10.0.0.0/', 'ws://10.0.0.0', false],
    ['10.0.0.0/8/8', 'ws://10.0.0.0', false],
    ['10.0.0.0/8', 'ws://ten.example', false],
    ['::1', 'ws://[::1]:5', true],
    ['0:0::1', 'ws://[::1]', true],
    ['[::1]', 'ws://[::1]', true],
    ['[::1]:80', 'ws://[::1]', true],
    ['[::1]:81', 'ws://[::1]', false],
    ['fd00::/8', 'ws://[fd12::1]', true],
    ['fd00::/8', 'ws://[fe12::1]', false],
    ['::1', 'ws://127.0.0.1', false],
    ['localhost', 'ws://127.0.0.1', false],
    [',', 'ws://a.example', false],
    ['.', 'ws://a.example', false],
    ['', 'ws://a.example', false],
  ])('"%s" and %s: %s', (list, target, excluded) => {
    const variables = { http_proxy: proxy, https_proxy: proxy };
    expect(chosen(target, { ...variables, no_proxy: list }) === undefined).toBe(excluded);
    expect(chosen(target, { ...variables, NO_PROXY: list }) === undefined).toBe(excluded);
  });

  it('the first spelling with a value holds', () => {
    const both = { http_proxy: proxy, no_proxy: 'b', NO_PROXY: 'a' };
    expect(chosen('ws://a', both)).toBe('http_proxy');
    expect(chosen('ws://a', { ...both, no_proxy: '' })).toBeUndefined();
  });
});
