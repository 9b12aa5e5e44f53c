/** A block of a document in Markdown: its language, what stands in it, and the output that is stated right behind it. */
export interface Block {
  readonly language: string
  readonly text: string
  /** The line on which it begins. */
  readonly line: number
  readonly output: string | null
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm

/** The fenced blocks of a document, in their order; a block without a language is the output of the one before it. */
export const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: Block[] = []
  for (const { 1: language = '', 2: text = '', index } of markdown.matchAll(FENCED)) {
    const line = markdown.slice(0, index).split('\n').length
    const before = blocks.at(-1)
    if (language !== '') blocks.push({ language, text, line, output: null })
    else if (before === undefined || before.output !== null) throw new Error(`line ${line}: the output of nothing`)
    else blocks.splice(-1, 1, { ...before, output: text })
  }
  return blocks
}

/** Whether what was printed is what is stated; `…` stands for anything within a line. */
export const isStated = (output: string, printed: string): boolean => {
  const escaped = output.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '[^\\n]*')
  return new RegExp(`^${escaped}$`).test(printed.endsWith('\n') || printed === '' ? printed : `${printed}\n`)
}
