import { hash } from 'node:crypto'
import type { CanonicalJson } from './canonicalJson.ts'

/** The identity of a signed payload: SHA-256 of its canonical form, 64 lower-case hex digits. */
export const payloadHash = (canonical: CanonicalJson): string => hash('sha256', canonical, 'hex')
