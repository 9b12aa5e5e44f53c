import { EventEmitter } from 'node:events'
import { getHeapStatistics } from 'node:v8'
import { expect } from 'chai'
import type { Response } from 'express'
import { hasRoom } from '../../../src/http/users/roomForHistory.ts'

/** More than half of what there is: another one as large has no room beside it. */
const MUCH = Math.floor(getHeapStatistics().heap_size_limit * 0.3)

const responseThat = (closed: boolean): Response & EventEmitter =>
  Object.assign(new EventEmitter(), { closed }) as unknown as Response & EventEmitter

describe('the room for histories', () => {
  it('is not taken by an answer for which nobody waits any more: it would never be given back', () => {
    expect(hasRoom(responseThat(true), MUCH, 1)).to.equal(false)
    const awaited = responseThat(false)
    expect(hasRoom(awaited, MUCH, 1)).to.equal(true)
    awaited.emit('close')
  })

  it('is given back once, when the answer is sent or its client has gone', () => {
    for (let times = 0; times < 3; times += 1) {
      const response = responseThat(false)
      expect(hasRoom(response, MUCH, 1)).to.equal(true)
      response.emit('close')
      response.emit('close')
    }
  })

  it('is taken once by an answer that asks for it again', () => {
    const response = responseThat(false)
    for (let times = 0; times < 3; times += 1) expect(hasRoom(response, MUCH, 1)).to.equal(true)
    response.emit('close')
  })
})
