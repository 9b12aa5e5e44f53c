/** What a caller may do with a stream. The double knows no users: what is denied is denied to all. */
export type Right = 'read' | 'write' | 'delete' | 'scavenge'

/** Which rights are withdrawn: from all streams, or from some. System streams ($…) are left out, as by `$userStreamAcl`. */
export class Rights {
  readonly #denied: { readonly right: Right; readonly stream: string | null }[] = []

  /** Withdraws a right, from one stream or from all of them. */
  withdraw(right: Right, stream: string | null = null): void {
    this.#denied.push({ right, stream })
  }

  /** Gives all rights back. */
  restore(): void {
    this.#denied.length = 0
  }

  holds(right: Right, stream: string): boolean {
    return (
      stream.startsWith('$') ||
      !this.#denied.some((one) => one.right === right && (one.stream === null || one.stream === stream))
    )
  }
}
