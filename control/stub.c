/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/control.h"
void control_init(struct control *c, const struct control_host *host, struct altp2m_domain *domain){c->host=*host;c->domain=domain;}
size_t control_receive(struct control *c, const void *bytes, size_t size){(void)c;(void)bytes;return size;}
const void *control_output(const struct control *c, size_t *size){*size=0;(void)c;return NULL;}
void control_sent(struct control *c, size_t size){(void)c;(void)size;}
void control_tick(struct control *c){c->counters.requests++;}
bool control_holds(const struct control *c, unsigned int vcpu){(void)c;(void)vcpu;return false;}
struct control_verdict control_restricted(struct control *c, unsigned int vcpu, const struct control_violation *v){
 (void)vcpu; enum altp2m_verdict r=altp2m_unheard(c->domain,&c->domain->config.vcpus[vcpu],v->physical>>12);
 return (struct control_verdict){.action= r==ALTP2M_VERDICT_STOP?CONTROL_STOP:r==ALTP2M_VERDICT_NOMEM?CONTROL_NOMEM:CONTROL_RUN};}
void control_converted(struct control *c, unsigned int vcpu, const struct control_violation *v){(void)c;(void)vcpu;(void)v;}
struct control_verdict control_vmfunc_refused(struct control *c, unsigned int vcpu,uint32_t function, uint32_t view){(void)c;(void)vcpu;(void)function;(void)view;return (struct control_verdict){.action=CONTROL_DEFAULT};}
struct control_verdict control_stepped(struct control *c, unsigned int vcpu){(void)c;(void)vcpu;return (struct control_verdict){.action=CONTROL_RUN};}
void control_shutdown(struct control *c, uint32_t status){char t[]="polls 0000000\n";(void)status;uint64_t n=c->counters.requests;for(int i=12;i>5;i--){t[i]='0'+n%10;n/=10;}c->host.log(0,t);}
struct control_verdict control_resume(struct control *c, unsigned int vcpu){(void)c;(void)vcpu;return (struct control_verdict){.action=CONTROL_RUN};}
int altp2m_vcpu_enter(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view){(void)d;(void)vcpu;(void)view;return -22;}
