import type { Response } from 'express'

/** Answers 200 with plain text, with all headers in one call, as `answerJson` does; `kept` says who may keep the answer. */
export const answerText = (res: Response, text: string, kept: Readonly<Record<string, string>>): void => {
  const ofBody = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(Buffer.byteLength(text))]
  res.writeHead(200, [...Object.entries(kept).flat(), ...ofBody]).end(text)
}
