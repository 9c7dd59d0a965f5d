sed "s/conditions: \['browser'\], //" /tmp/size.mjs > size.tmp.mjs; node size.tmp.mjs $PWD | head -${1:-1}; rm size.tmp.mjs
