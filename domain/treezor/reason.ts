/** Why an identification was refused or broken off, in the provider's words. */
export interface Reason {
  readonly code: string
  readonly message: string
}

const MESSAGE_LENGTH = 500

/** Both in bounded length. */
export const reason = (code: string | null, message: string | null): Reason => ({
  code: (code ?? '').slice(0, MESSAGE_LENGTH),
  message: (message ?? '').slice(0, MESSAGE_LENGTH),
})
