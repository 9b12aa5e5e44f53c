/** What of the page breaks one of these rules; axe-core has to be there. */
export const violations: (runOnly: {
  readonly type: 'tag' | 'rule'
  readonly values: readonly string[]
}) => Promise<readonly string[]>

/** What stands outside of the window to its right, unless something around it scrolls. */
export const outside: () => readonly string[]

/** Lets go of the focus: the next Tab comes to the first control. */
export const fromTheTop: () => void

/** What Tab has to come by, each by the beginning of its HTML. */
export const controls: () => readonly string[]

/** What has the focus. */
export interface Stop {
  /** The how many-eth of `controls` it is, as these were when they were last asked for. */
  readonly index: number
  readonly name: string
  /** Whether it has parts that are stops of their own. */
  readonly hasParts: boolean
  /** Whether its outline shows in the window. */
  readonly isSeen: boolean
}

export const stop: () => Stop | null
