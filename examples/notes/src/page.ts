const text = document.querySelector<HTMLTextAreaElement>('#text')!
const preview = document.querySelector<HTMLElement>('#preview')!

async function render(): Promise<void> {
  const response = await fetch('/render', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: text.value })
  preview.innerHTML = await response.text()
}

text.addEventListener('input', () => void render())
void render()
