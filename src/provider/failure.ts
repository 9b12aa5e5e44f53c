/** Why the provider's API gave no answer that can be used. Nothing of it holds an id, a value, a token or an address. */
export type ProviderFailure =
  /** A file with credentials, or a certificate, cannot be read: what to do, for a person. */
  | { readonly _tag: 'NoCredentials'; readonly reason: string }
  /** It does not take our credentials (401), or does not let us ask that (403). Somebody has to look. */
  | { readonly _tag: 'Refused'; readonly status: number; readonly asked: Asked }
  /** Not reached, not answered in time, or with 5xx, each time that it was tried. */
  | { readonly _tag: 'OutOfReach'; readonly reason: string; readonly asked: Asked }
  /** It wants to be left alone (429, or `Retry-After`) for longer than is waited here. */
  | { readonly _tag: 'Busy'; readonly forMs: number; readonly asked: Asked }
  /** It answers, and not as it is documented: the reason names path and expectation. */
  | { readonly _tag: 'Unreadable'; readonly reason: string; readonly asked: Asked }
  /** It was ended from here. */
  | { readonly _tag: 'Aborted' }

/** What was asked for, without the id that it was asked by. */
export type Asked =
  | 'token'
  | 'users'
  | 'user'
  | 'documents'
  | 'retry query'
  | 'retry link'
  | 'retry execution'
  | 'retry status'

export const ABORTED: ProviderFailure = { _tag: 'Aborted' }

export const unreadable = (asked: Asked, reason: string): ProviderFailure => ({ _tag: 'Unreadable', reason, asked })

const about = (asked: Asked): string => `Treezor's API (${asked})`

/** One sentence for a person. */
export const failureInWords = (failure: ProviderFailure): string => {
  switch (failure._tag) {
    case 'NoCredentials':
      return failure.reason
    case 'Refused':
      return failure.asked === 'token'
        ? `${about(failure.asked)} does not take the credentials: it answers ${failure.status}`
        : `${about(failure.asked)} does not let this client ask: it answers ${failure.status}`
    case 'OutOfReach':
      return `${about(failure.asked)} is out of reach: ${failure.reason}`
    case 'Busy':
      return `${about(failure.asked)} wants to be left alone for ${Math.ceil(failure.forMs / 1000)} s`
    case 'Unreadable':
      return `${about(failure.asked)} answers otherwise than documented: ${failure.reason}`
    case 'Aborted':
      return 'it was broken off'
  }
}
