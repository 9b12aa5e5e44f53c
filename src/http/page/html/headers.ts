import { NOT_KEPT } from '../../headers.ts'

/**
 * What stands in front of each page: it runs and shows nothing that is not this service's own, stands in nobody's frame, is kept by nobody,
 * and where one comes from is told to this service alone.
 */
export const PAGE_HEADERS = {
  ...NOT_KEPT,
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // Not `no-referrer`: forms would then come without the Origin that tells that they are this page's own.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const
