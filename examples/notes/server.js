#!/usr/bin/env node
// Serves the notes page and renders Markdown. PORT chooses the port; 0 takes a free one and prints it.
import { fileURLToPath } from 'node:url'
import express from 'express'
import { marked } from 'marked'

const app = express()
app.use(express.static(fileURLToPath(new URL('public', import.meta.url))))
app.post('/render', express.text(), (request, response) => {
  response.type('html').send(marked.parse(request.body))
})
const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`notes listens on http://localhost:${server.address().port}`)
})
