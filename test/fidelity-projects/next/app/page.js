import Link from 'next/link'

export default function Page() {
  return (
    <main>
      <h1>Built in a sandbox</h1>
      <Link href="/">again</Link>
    </main>
  )
}
