import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { TreezorApiConfig } from '../config/treezorApi.ts'
import { type Asker, json } from './asking.ts'
import { type ProviderFailure, unreadable } from './failure.ts'
import { listIn, OF_ANOTHER, type ProvidedDocument, readDocument } from './provided.ts'
import { PAGE_SIZE } from './windows.ts'

/** A user has a few dozen documents; more than this, which would all stand in one event, are a fault of somebody's. */
const MOST_PAGES = 20
const MOST_DOCUMENTS = MOST_PAGES * PAGE_SIZE
/** Whoever gives fewer on a page than so has no more: nobody is known to give fewer at a time. */
const SURELY_LAST = 20

/**
 * All documents of a user, each once; `null` where one of them cannot be read: without it the list would say that he has it not, and what is said of himself is worth
 * knowing all the same. Documents of somebody else are a failure, since then the filter is not heeded.
 */
export const documentsOf = async (
  { ask }: Asker,
  { url }: TreezorApiConfig,
  userId: UserId,
  signal?: AbortSignal,
): Promise<E.Either<ProviderFailure, readonly ProvidedDocument[] | null>> => {
  const documents = new Map<string, ProvidedDocument>()
  let isWhole = true
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = new URLSearchParams({ userId, pageNumber: String(page), pageCount: String(PAGE_SIZE) })
    const answer = await ask({ asked: 'documents', url: `${url}/v1/documents?${query}` }, json, signal)
    if (E.isLeft(answer)) return answer
    const { status, read } = answer.right
    if (status !== 200 && status !== 204) return E.left(unreadable('documents', `it answers ${status}`))
    const list = status === 204 ? E.right([]) : listIn(read, 'documents')
    if (E.isLeft(list)) return E.left(unreadable('documents', list.left))
    for (const element of list.right) {
      const document = readDocument(element, userId)
      if (E.isRight(document)) documents.set(document.right.documentId, document.right)
      else if (document.left === OF_ANOTHER) return E.left(unreadable('documents', OF_ANOTHER))
      else isWhole = false
    }
    if (documents.size > MOST_DOCUMENTS) break
    if (list.right.length < SURELY_LAST) return E.right(isWhole ? [...documents.values()] : null)
  }
  return E.left(unreadable('documents', `more than ${MOST_DOCUMENTS} of one user`))
}
