import { type ProviderFailure, unreadable } from './failure.ts'

/** A page as the provider counts them: elements `(page - 1) * size` to `page * size` of a list, the first of them 0. */
export interface Window {
  /** From 1. */
  readonly page: number
  readonly size: number
}

/** Pages are of so many users: the largest that the provider's documentation shows (guide/api-basics/pagination). */
export const PAGE_SIZE = 50

/**
 * Of fewer on a page none would overlap at some place: at one that all sizes down to the half of it divide. Of 10 that is 2520, of 20 more than two hundred
 * million.
 */
export const LEAST_ON_A_PAGE = 20

export const tooFew = (): ProviderFailure => unreadable('users', `it gives fewer than ${LEAST_ON_A_PAGE} on a page`)

export const startOf = ({ page, size }: Window): number => (page - 1) * size

/**
 * The window of at most `most` that goes furthest beyond place `reached` and still begins before it, so that it holds at least one element that was read
 * already: if it does not, elements have gone from the list meanwhile, and some may have slipped by. Pages of one size never overlap, those of several do.
 */
export const windowAcross = (reached: number, most: number = PAGE_SIZE): Window => {
  let best: Window = { page: 1, size: most }
  let furthest = 0
  for (let size = most; size > 0 && size >= most / 2; size -= 1) {
    const page = reached <= 0 ? 1 : Math.floor((reached - 1) / size) + 1
    if (page * size > furthest) {
      best = { page, size }
      furthest = page * size
    }
  }
  return best
}
