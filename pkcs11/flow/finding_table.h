/* What kunci_sop_check() finds: FINDING(id, stable name, level, what is wrong, what to do).
 * {about} is the word that it is about, {detail} what is known beyond it. */

/* ---- ways ---- */

FINDING(STEP_UNREACHABLE, "step_unreachable", FAULT, N_("No way leads to this step."),
        N_("Let a branch, \"next\" or a rejection lead there, or take the step out."))
FINDING(DEAD_END, "dead_end", FAULT, N_("From this step there is no way to an end."),
        N_("Let one of the steps behind it lead to \"end\"."))
FINDING(CIRCLE_WITHOUT_PERSON, "circle_without_person", FAULT,
        N_("From this step the system comes back to it and no person is asked on the way."),
        N_("Put a person's step into the circle, or let the circle be left."))

/* ---- rejections ---- */

FINDING(REJECT_MISSING, "reject_missing", FAULT,
        N_("This step decides about the request, but nothing is said of a rejection."),
        N_("Add \"reject\", with {added: true} where the paper has none."))
FINDING(REJECT_IDLE, "reject_idle", FAULT,
        N_("A rejection is told of, but the act \"{about}\" decides nothing."),
        N_("Take \"reject\" away, or use an act that decides, like verify or approve."))
FINDING(REJECT_NOWHERE, "reject_nowhere", FAULT, N_("Nothing says where a rejected request goes."),
        N_("Name one of the applicant's steps by \"return_to\" or by \"to\" in \"reject\"; \"end\" "
           "where it is over."))
FINDING(REJECT_FORWARD, "reject_forward", FAULT,
        N_("A rejection goes forward, to \"{about}\", from where this step is not come to."),
        N_("Let it go back to the step where the applicant puts things right."))
FINDING(REJECT_TO_OTHER, "reject_to_other", FAULT,
        N_("A rejection goes to \"{about}\", which is not the applicant's step."),
        N_("Let it go back to the step where the applicant puts things right."))

/* ---- rights ---- */

FINDING(ACTOR_RIGHT, "actor_right", FAULT,
        N_("The role \"{about}\" has no right to the act \"{detail}\"."),
        N_("Give the step to a role that has it; kunci-procedure(5) tells who may do what."))
FINDING(OWN_DECISION, "own_decision", FAULT,
        N_("The applicant decides about his own request here (\"{detail}\")."),
        N_("Give the step to whoever decides."))
FINDING(ONLOOKER_DECIDES, "onlooker_decides", FAULT,
        N_("The role \"{about}\" looks on, but decides here (\"{detail}\")."),
        N_("Give the step to whoever decides."))
FINDING(DEED_RIGHT, "deed_right", FAULT,
        N_("The role \"{about}\" has no right to do \"{detail}\"."),
        N_("Move it to a step of a role that has it; kunci-procedure(5) tells who may do what."))

/* ---- acts ---- */

FINDING(DEED_MISSING, "deed_missing", FAULT,
        N_("The act \"{about}\" is there to do something, but the step does nothing."),
        N_("Add \"does\" or \"calls\", or use another act."))
FINDING(CALL_MISSING, "call_missing", FAULT,
        N_("Data is changed by another procedure, but the step calls none."),
        N_("Add \"calls\" with a procedure of the kind \"data-change\"."))
FINDING(NOTICE_MISSING, "notice_missing", FAULT, N_("The step notifies, but names nobody."),
        N_("Add \"notices\", or use another act."))

/* ---- deeds ---- */

FINDING(RULE_WITHOUT_DATA, "rule_without_data", FAULT,
        N_("The rule \"{about}\" can be come to before the data that it checks is asked for."),
        N_("Ask for \"fields\", and for \"letter\" the document \"surat-rekomendasi\" too, at this "
           "step or on each way to it."))
FINDING(DEED_EARLY, "deed_early", FAULT,
        N_("\"{about}\" can be come to before \"{detail}\" is done, which it needs."),
        N_("Let each way to this step pass one that does it, or one that calls such a procedure."))
FINDING(EXECUTED_UNAPPROVED, "executed_unapproved", FAULT,
        N_("\"{about}\" can be come to without anybody having verified or approved the request."),
        N_("Let each way to this step pass one that verifies or approves."))
FINDING(END_WITHOUT_DEED, "end_without_deed", FAULT,
        N_("The procedure can end here without \"{about}\", which is what it is for."),
        N_("Let each way to the end pass a step that does it, or correct \"kind\"."))
FINDING(ISSUED_UNWRITTEN, "issued_unwritten", FAULT,
        N_("The procedure can end here with a new certificate issued, but without \"{about}\"."),
        N_("Add a step of the holder's that does write and prove."))
FINDING(OLD_UNRETIRED, "old_unretired", REMARK,
        N_("The renewal can end here without \"{about}\", so that the old key stays in use."),
        N_("Let the holder's step that does write and prove do retire as well."))
FINDING(DATA_CHANGE_ALIVE, "data_change_alive", FAULT,
        N_("The data change can end here while a certificate with the old data is alive."),
        N_("Branch on the fact \"certificate\", and call a revocation where there is one."))
FINDING(REVOCATION_REASON, "revocation_reason", FAULT,
        N_("A certificate can be revoked here without a reason having been given."),
        N_("Add the field \"reason\" to this step or to one that each way passes."))
FINDING(REVOCATION_APPROVAL, "revocation_approval", FAULT,
        N_("A certificate can be revoked here without the superior's approval (the document "
           "\"persetujuan-atasan\")."),
        N_("Add the document to this step or to one that each way passes."))

/* ---- other procedures ---- */

FINDING(CALL_UNKNOWN, "call_unknown", FAULT, N_("There is no procedure \"{about}\"."),
        N_("Correct the name, or put the procedure's file beside this one."))
FINDING(CALL_KIND, "call_kind", FAULT,
        N_("A procedure of the kind \"{about}\" does not fit the act \"{detail}\"."),
        N_("Call another one, or use another act: \"change\" for data changes, \"apply\" for the "
           "rest."))
FINDING(CALL_CIRCLE, "call_circle", FAULT,
        N_("The procedure \"{about}\", called here, comes to call this one again."),
        N_("Let one of them do the work itself."))

/* ---- minutes ---- */

FINDING(MINUTES_DIFFER, "minutes_differ", FAULT,
        N_("The minutes stated for \"{about}\" are not those of its steps, which add up to "
           "{detail}."),
        N_("Correct the minutes of the steps, or what is stated."))
FINDING(MINUTES_MISSING, "minutes_missing", FAULT,
        N_("This step of the source has no minutes, though totals are stated."),
        N_("Add \"minutes\", or mark the step as added."))
FINDING(TOTAL_STEP, "total_step", FAULT,
        N_("\"{about}\" names a step that is not there: {detail}."),
        N_("Correct the name in \"outcomes\"."))
FINDING(TOTAL_OUTCOME, "total_outcome", FAULT,
        N_("\"{about}\" names an outcome that this step does not have: {detail}."),
        N_("Name an outcome of its branches, or \"reject\" where it decides."))
FINDING(TOTAL_OPEN, "total_open", FAULT,
        N_("\"{about}\" leaves open which branch is taken here, and they add up differently."),
        N_("Name the step and its outcome in \"outcomes\"."))
FINDING(TOTAL_ENDLESS, "total_endless", FAULT,
        N_("\"{about}\" comes back to this step and never to an end."),
        N_("Name outcomes that lead out of the circle."))
FINDING(TOTAL_UNUSED, "total_unused", REMARK,
        N_("\"{about}\" names an outcome of this step, which it never comes to."),
        N_("Take it out of \"outcomes\"."))

/* ---- service ---- */

FINDING(REMINDER_LATE, "reminder_late", FAULT,
        N_("The reminder comes when the step's time is over already."),
        N_("Set \"remind_at\" to less than 100 percent."))
FINDING(SERVICE_WITHOUT_MINUTES, "service_without_minutes", FAULT,
        N_("Reminders or escalation are set, but no step has minutes."),
        N_("Give the steps minutes, or take \"service\" away."))
FINDING(EXPIRES_EARLY, "expires_early", FAULT,
        N_("A step has more minutes than the days after which a request expires."),
        N_("Set \"expires_days\" higher."))
FINDING(ESCALATION_STRANGER, "escalation_stranger", REMARK,
        N_("What is overdue is escalated to the role \"{about}\", which does not take part."),
        N_("Set \"escalate_to\" to a role that takes part."))

/* ---- branches ---- */

FINDING(BRANCH_UNDECIDED, "branch_undecided", FAULT,
        N_("Two branches have neither outcome nor condition, so nothing tells between them."),
        N_("Give each of them an \"outcome\" or a \"when\"."))
FINDING(BRANCH_SHADOWED, "branch_shadowed", FAULT,
        N_("The branch to \"{about}\" is never taken, as those before it always fit."),
        N_("Correct its conditions or outcome, put it first, or take it away."))
FINDING(BRANCH_OVERLAP, "branch_overlap", FAULT,
        N_("The branch to \"{about}\" and one before it fit the same case ({detail})."),
        N_("Let each case be told by one of them alone."))
FINDING(FACTS_UNCOVERED, "facts_uncovered", FAULT, N_("No branch fits where {about}."),
        N_("Add a branch for it, or one without \"when\" as the last."))

/* ---- four eyes ---- */

FINDING(OTHER_SELF, "other_self", FAULT, N_("The step asks for another person than its own actor."),
        N_("Name another step in \"other_than\"."))
FINDING(OTHER_NEVER_BEFORE, "other_never_before", FAULT,
        N_("The step asks for another person than that of \"{about}\", which never comes before "
           "it."),
        N_("Name a step that comes before it in \"other_than\"."))
FINDING(OTHER_NEEDLESS, "other_needless", REMARK,
        N_("The step asks for another person than that of \"{about}\", who can never be the "
           "same."),
        N_("Take it out of \"other_than\"."))

/* ---- roles ---- */

FINDING(LANE_MISSING, "lane_missing", FAULT, N_("The role \"{about}\" of this step has no lane."),
        N_("Add it to \"lanes\"."))
FINDING(LANE_EMPTY, "lane_empty", REMARK, N_("The lane of the role \"{about}\" has no step."),
        N_("Take it out of \"lanes\", or give it the step that is its own."))
FINDING(LANE_TWICE, "lane_twice", FAULT, N_("The role \"{about}\" has two lanes."),
        N_("Leave one of them in \"lanes\"."))
FINDING(NOTICE_STRANGER, "notice_stranger", REMARK,
        N_("A notice goes to the role \"{about}\", which does not take part."),
        N_("Send it to a role that takes part."))

/* ---- header and texts ---- */

FINDING(DATES_DISORDERED, "dates_disordered", FAULT,
        N_("The date \"{about}\" is before the day that the procedure was made."),
        N_("Correct the dates in \"header\"."))
FINDING(REVISION_NEWER, "revision_newer", FAULT,
        N_("The revision of {about} is newer than what the header says of the last one."),
        N_("Set \"revised\" in \"header\" to the day of the last revision."))
FINDING(EFFECTIVE_MISSING, "effective_missing", REMARK,
        N_("Nothing says from which day the procedure is in force."),
        N_("Add \"effective\" to \"header\"."))
FINDING(ENGLISH_MISSING, "english_missing", REMARK,
        N_("The text of \"{about}\" is not there in English, as others are."),
        N_("Write it as {id: ..., en: ...}."))
FINDING(DOCUMENT_UNUSED, "document_unused", REMARK,
        N_("The document \"{about}\" is declared, but no step asks for it."),
        N_("Name it in the \"documents\" of a step, or take it away."))
