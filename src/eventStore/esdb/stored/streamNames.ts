import type { StreamName } from '../../recordedEvent.ts'

/** How streams of the port are called inside the server. */
export interface StreamNames {
  /** What the names of this service's streams, and of no others, begin with. */
  readonly prefix: string
  /** What the names of the streams that hold their metadata begin with: rights, and what is cut of them. */
  readonly metadataPrefix: string
  readonly stored: (stream: StreamName) => string
  readonly named: (stored: string) => StreamName
}

const PORT_PREFIX = 'kyc-'
export const METADATA_OF = '$$'

/** `kyc-…` under the same name, or under another prefix where several logs share one server. */
export const streamNames = (prefix: string = PORT_PREFIX): StreamNames => ({
  prefix,
  metadataPrefix: `${METADATA_OF}${prefix}`,
  stored: (stream) => {
    if (!stream.startsWith(PORT_PREFIX)) throw new Error(`a stream of this service begins with ${PORT_PREFIX}`)
    return `${prefix}${stream.slice(PORT_PREFIX.length)}`
  },
  named: (stored) => `${PORT_PREFIX}${stored.slice(prefix.length)}`,
})
