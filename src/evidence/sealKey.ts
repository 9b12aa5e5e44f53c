import { existsSync } from 'node:fs'
import { ED25519, ML_DSA_44_COSIGNATURE } from '../tlog/keys.ts'
import { type Signer, signer } from '../tlog/sign.ts'
import { makeKeyFile, readKeyFile } from './keyFile.ts'

/** Makes the key that seals a log. Throws where the file is there. */
export const makeSealKey = makeKeyFile

/**
 * What signs the heads of the log `origin` with the key in a file; under what name they sign is the log's identity. Throws
 * an `Error` that says what is wrong with the file.
 */
export const readSealKey = (file: string, origin: string): readonly Signer[] => {
  if (!existsSync(file)) throw new Error(`there is no sealing key ${file}: seal-key makes one`)
  const { ed25519, mlDsa } = readKeyFile(file)
  return [signer(origin, ED25519, ed25519), signer(origin, ML_DSA_44_COSIGNATURE, mlDsa)]
}
