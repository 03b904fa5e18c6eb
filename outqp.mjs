const c=Bun.spawn([process.execPath,"outq.mjs"],{stdio:["ignore","pipe","inherit"]});
const r=c.stdout.getReader(); for(;;){const {value,done}=await r.read(); if(done)break;}
