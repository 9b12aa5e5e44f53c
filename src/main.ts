import { codeOf } from './files/codeOf.ts'
import { inWords } from './files/whyNot.ts'
import { letThreadsHaveTheirOwn } from './heap/youngGeneration.ts'

// Whatever this process creates is its user's alone: it holds personal data.
process.umask(0o077)
letThreadsHaveTheirOwn()

try {
  // Loaded here, so that what keeps its own files from being read is told in a line as well.
  const { serve } = await import('./service/serve.ts')
  await serve(process.argv.slice(2))
} catch (error) {
  if (codeOf(error) === null) throw error
  console.error(`the service does not start: ${inWords(error)}`)
  process.exit(1)
}
