import type { Position } from '../eventStore/recordedEvent.ts'

/** How long the read model may trail what this process has appended before the service is not ready. */
const LAG_ALLOWED_MS = 2000

/** How the read model keeps up with what this process appends. */
interface Lag {
  /** Takes note of an append. */
  readonly appended: (position: Position) => void
  /** Whether the read model has not come to one of them for too long. */
  readonly lags: () => boolean
}

/** Holds the oldest position that this process appended and the read model has not come to, and since when. */
export const watchLag = (projected: () => Position | null): Lag => {
  let awaited: { readonly position: Position; readonly since: number } | null = null
  const look = (): void => {
    if (awaited !== null && (projected() ?? '') >= awaited.position) awaited = null
  }
  return {
    appended: (position) => {
      look()
      awaited ??= { position, since: performance.now() }
    },
    lags: () => {
      look()
      return awaited !== null && performance.now() - awaited.since > LAG_ALLOWED_MS
    },
  }
}
