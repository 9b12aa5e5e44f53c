import type { Position } from '../eventStore/recordedEvent.ts'

/** How long the read model may trail what this process has appended before the service is not ready. */
const LAG_ALLOWED_MS = 2000

/** How the read model keeps up with what this process appends. */
interface Lag {
  /** Takes note of an append. */
  readonly appended: (position: Position) => void
  /** Whether the read model has not come to one of them for too long. */
  readonly lags: () => boolean
  /** For how many milliseconds it has not come to one of them; 0 where it has come to all. */
  readonly trails: () => number
}

/** Holds the oldest position that this process appended and the read model has not come to, and since when. */
export const watchLag = (projected: () => Position | null): Lag => {
  let awaited: { readonly position: Position; readonly since: number } | null = null
  const look = (): void => {
    if (awaited !== null && (projected() ?? '') >= awaited.position) awaited = null
  }
  const trails = (): number => {
    look()
    return awaited === null ? 0 : performance.now() - awaited.since
  }
  return {
    appended: (position) => {
      look()
      awaited ??= { position, since: performance.now() }
    },
    lags: () => trails() > LAG_ALLOWED_MS,
    trails,
  }
}
