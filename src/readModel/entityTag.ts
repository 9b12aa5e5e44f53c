import { hash } from 'node:crypto'

/** A strong entity tag (RFC 9110, 8.8.3): equal for equal bodies. */
export const entityTag = (body: string): string => `"${hash('sha256', body, 'base64url').slice(0, 22)}"`

/** Whether a stored answer is still the one that its tag was made of. */
export const isUnaltered = ({ etag, body }: { readonly etag: string; readonly body: string }): boolean =>
  entityTag(body) === etag
