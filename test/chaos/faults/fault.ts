import type { Scene } from '../scene.ts'

/** Something that happens to a service under load. */
export interface Fault {
  readonly name: string
  /** Why it cannot be done here; `null` where it can. */
  readonly skip: (scene: Scene) => string | null
  /** Does it, and undoes it: a service is running when it is over, and comes back by itself. */
  readonly happen: (scene: Scene) => Promise<void>
}

export const always = (): null => null
export const ofEmbedded = ({ store }: Scene): string | null =>
  store === 'embedded' ? null : 'only an embedded log is a file'
export const ofServer = ({ front }: Scene): string | null =>
  front === null ? 'needs a server: EVENTSTORE_TEST_URL' : null
