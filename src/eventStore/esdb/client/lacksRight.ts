/** What the service does with its streams: it reads them, and writes them where it was not opened for reading only. */
export type Right = 'read' | 'write'

/** The user lacks a right on all streams of this service, not only on one of them. */
export class LacksRight extends Error {
  override readonly name = 'LacksRight'
  constructor(right: Right) {
    super(`${right === 'read' ? 'reading' : 'writing'} the streams kyc-…`)
  }
}
