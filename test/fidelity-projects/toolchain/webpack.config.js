module.exports = {
  entry: './src/index.ts',
  target: 'node',
  resolve: { extensions: ['.ts', '.js'] },
  module: { rules: [{ test: /\.ts$/, use: 'babel-loader' }] },
}
