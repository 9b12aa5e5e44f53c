/** The parts of a webhook that can mean something: all but the payload is unsigned hearsay. */
export interface Webhook {
  readonly name: string | null
  readonly objectId: string | null
  readonly payload: unknown
}
