import { createRoot } from 'react-dom/client'
import './style.css'

export function App() {
  return <h1>Built in a sandbox</h1>
}

createRoot(document.getElementById('root')).render(<App />)
