const kind=process.argv[2], fd=process.argv[3];
const stdio=["ignore",fd==="1"?"pipe":"ignore",fd==="2"?"pipe":"ignore"];
const c=Bun.spawn([process.execPath,"w.mjs",fd],{stdio});
const s=fd==="1"?c.stdout:c.stderr; const r=s.getReader();
await Bun.sleep(Number(kind)); let n=0,last="";
for(;;){const {value,done}=await r.read(); if(done)break; n+=value.length; last=Buffer.from(value).toString().slice(-6)}
console.log("read",n,JSON.stringify(last)); console.log(require("fs").readFileSync("/tmp/lx/rep","utf8"));
