"""The job service of the surfaces: submit, cancel, make again, change and choose, and all
reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.errors import InvalidRequest, Refused
from domain.illustrations import Illustration
from domain.pages import PageLinks
from domain.prompt_text import clean_prompt
from domain.requests import (
    LOCAL_WORKSPACE,
    MAX_COUNT,
    Attachment,
    Edit,
    Job,
    Request,
    Rerender,
    Reresearch,
    ResearchDepth,
)
from domain.stores import Store
from domain.team import Role
from domain.team_messages import SearchTokens
from domain.translation.messages import gettext
from jobs.admission.access import Access, Action
from jobs.admission.requests import Admission, Requester, record, with_role
from jobs.common.galleries import refresh_galleries
from jobs.common.messages import show_again
from jobs.common.ports import (
    BlobStore,
    CopyMaker,
    Dispatcher,
    Exporter,
    PictureChecker,
    Renderer,
)
from jobs.common.tasks import render_task, task_ids
from jobs.common.views import JobView, grounding_job
from jobs.linked.channel_link import ChannelLink
from jobs.services.acceptance import JobAcceptance
from jobs.services.appeals import allowable_category
from jobs.services.attachments import keep_attachment
from jobs.services.choosing import Choice
from jobs.services.earlier_pictures import as_attachment, get_rendered, reused_references
from jobs.services.job_changes import cancel_job, delete_pictures, record_choice
from jobs.services.queries import JobReader
from jobs.services.refused_pictures import RefusedPictures


class JobService(JobReader):
    """The jobs of all workspaces, for every surface; each method stays within the given one."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        renderer: Renderer,
        checker: PictureChecker,
        dispatcher: Dispatcher,
        admission: Admission,
        exporter: Exporter,
        mirror: ChannelLink,
        make_copy: CopyMaker | None = None,
        watermark: bool = True,
        links: PageLinks | None = None,
        search_tokens: SearchTokens | None = None,
    ) -> None:
        super().__init__(
            store=store,
            blobs=blobs,
            exporter=exporter,
            make_copy=make_copy,
            watermark=watermark,
            links=links,
        )
        self._renderer = renderer
        self._checker = checker
        self._dispatcher = dispatcher
        self._admission = admission
        self._acceptance = JobAcceptance(store, dispatcher, admission, search_tokens)
        self._mirror = mirror
        self._access = Access(store)
        self._refused = RefusedPictures(store, self._access)

    async def view(self, workspace_id: str, job_id: str) -> JobView:
        """A job with everything known about it, and whether its pictures can be enlarged here.
        Raises ``NotFound``."""
        return replace(await super().view(workspace_id, job_id), upscales=self._can_upscale())

    def _can_upscale(self) -> bool:
        try:
            self._renderer.upscaler()
        except InvalidRequest:
            return False
        return True

    async def check(self, requester: Requester, action: Action, job_id: str) -> Job:
        """See that the requester may do that about a job. Raises as ``Access.check``."""
        return await self._access.check(requester, action, job_id)

    async def refused_pictures(self, requester: Requester, job_id: str) -> Sequence[Illustration]:
        """The refused pictures of a job that are kept for moderators. Raises as
        ``RefusedPictures.of_job``."""
        return await self._refused.of_job(requester, job_id)

    async def visible(self, requester: Requester, jobs: Sequence[Job]) -> list[Job]:
        """Those of the jobs that the requester can see."""
        return await self._access.visible(requester, jobs)

    async def attach(self, workspace_id: str, name: str, data: bytes) -> Attachment:
        """Check, re-encode and keep a picture that the requester brings along.

        Raises:
            UnusableReference: It is no picture that can be used; the message says why.
        """
        return await keep_attachment(self._blobs, self._checker, workspace_id, name=name, data=data)

    async def submit(
        self, request: Request, *, event_key: str, requester: Requester | None = None
    ) -> Job:
        """Accept a request as a job; the same ``event_key`` again gives the same job.

        Once this returns, nothing can lose the job. Without a ``requester`` the request is
        Limner's own, and no limits of a member hold.

        Raises:
            InvalidRequest: No generator can serve it; the message names the nearest that can.
            Refused: The policy or the team's settings stand against it.
        """
        self._renderer.check(request.generator, request)
        origin, place = request.origin, request.routing.destination
        own = Requester(origin.workspace_id, origin.member_id, place, Role.ADMIN)
        return await self._acceptance.accept(requester or own, request, event_key)

    async def check_request(self, requester: Requester, request: Request) -> None:
        """See whether :meth:`submit` would accept a request now; nothing is written. Raises as
        that."""
        await requester.check_paid()
        self._renderer.check(request.generator, request)
        now = datetime.now(UTC)
        async with self._store.workspace(request.origin.workspace_id, read_only=True) as unit:
            asking = await with_role(unit, requester)
            await self._admission.budgets.check(unit, asking.member_id, now=now)
            await self._admission.admitted(unit, asking, request, now=now)

    async def rerender(
        self,
        requester: Requester,
        illustration_id: str,
        *,
        event_key: str,
        seed: int | None = None,
        generator: str | None = None,
    ) -> Job:
        """Make a picture again from its recipe, with another seed or generator if asked.

        Raises:
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
        """
        return await self._again(
            requester, illustration_id, event_key, seed=seed, generator=generator
        )

    async def vary(
        self, requester: Requester, illustration_id: str, *, event_key: str, count: int = 1
    ) -> Job:
        """Make variations of a picture: the same recipe with other seeds, derived from its own.

        Raises:
            InvalidRequest: The count is not 1 to 4.
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
        """
        if not 1 <= count <= MAX_COUNT:
            raise InvalidRequest(
                gettext(
                    "The count must be from 1 to {max_count}, not {count}.",
                    max_count=MAX_COUNT,
                    count=count,
                ),
                field="count",
            )
        return await self._again(requester, illustration_id, event_key, count=count, vary=True)

    async def upscale(
        self, requester: Requester, illustration_id: str, *, event_key: str, factor: int = 2
    ) -> Job:
        """Enlarge a picture, where a generator here can.

        Raises:
            InvalidRequest: No generator enlarges by that factor.
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
        """
        if factor not in (2, 4):
            raise InvalidRequest(
                gettext("The factor must be 2 or 4, not {factor}.", factor=factor), field="factor"
            )
        return await self._again(requester, illustration_id, event_key, upscale=factor)

    async def edit(
        self,
        requester: Requester,
        illustration_id: str,
        instruction: str,
        *,
        event_key: str,
        pictures: Sequence[Attachment] = (),
        references: Sequence[int] = (),
        generator: str | None = None,
    ) -> Job:
        """Change an earlier picture: it becomes the first reference of a new one.

        ``pictures`` are further ones that the requester brings; ``references`` names, from 1, those
        of the earlier job that are to be used again.

        Raises:
            InvalidRequest: The instruction is empty, or there are too many references.
            NotFound: This workspace has no such illustration.
            NotPossibleNow: It has not been rendered yet.
        """
        await self._access.check_picture(requester, Action.MAKE, illustration_id)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            parent, job = await get_rendered(unit, illustration_id)
            research = await unit.research.load((await grounding_job(unit, job)).id)
        request = (
            _for(requester, job.request)
            .with_parts(
                action=Edit(parent.id),
                prompt=clean_prompt(instruction),
                research=ResearchDepth.AUTO,
                generator=generator or parent.recipe.generator,
                seed=None,
                count=1,
            )
            .with_attachments(
                (as_attachment(parent), *reused_references(research, references), *pictures)
            )
        )
        self._renderer.check(request.generator, request)
        return await self._acceptance.accept(requester, request, event_key)

    async def reresearch(
        self, requester: Requester, job_id: str, *, event_key: str, choose: bool = False
    ) -> Job:
        """Search anew for a job's prompt, and render the result; with ``choose``, once the
        references were picked.

        Raises:
            NotFound: This workspace has no such job.
        """
        await self._access.check(requester, Action.MAKE, job_id)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            job = await grounding_job(unit, await unit.jobs.get(job_id))
        request = _for(requester, job.request)
        if not isinstance(request.action, Edit):
            request = request.with_parts(action=Reresearch(job.id))
        if choose:
            request = request.with_parts(checkpoint=True)
        return await self._acceptance.accept(requester, request, event_key)

    async def cancel(self, requester: Requester, job_id: str) -> Job:
        """Stop a job, waiting or running; the picture of a step in flight is thrown away.

        Raises:
            NotFound: This workspace has no such job. NotPossibleNow: The job is over already.
            Refused: It belongs to another member, and the requester is no moderator.
        """
        await self._access.check(requester, Action.MANAGE, job_id)
        return await self._mirror.act(requester, job_id, self._cancel)

    async def _cancel(self, requester: Requester, job_id: str) -> Job:
        async with self._store.workspace(requester.workspace_id) as unit:
            job, changed = await cancel_job(unit, requester, job_id)
        if changed:
            await self._dispatcher.cancel(task_ids(job_id))
        return job

    async def choose(self, requester: Requester, job_id: str, choice: Choice) -> Job:
        """Go on with the chosen references of a job that waits for them.

        Raises:
            InvalidRequest: The choice names references that are not there, or too many.
            NotFound: This workspace has no such job.
            NotPossibleNow: The job does not wait for a choice.
            Refused: The requester may not ask for pictures here, and so not choose for one.
        """
        await self._access.check(requester, Action.CHOOSE, job_id)
        brings = [a.sha256 for a in (*choice.replaced.values(), *choice.added)]

        async def choose(requester: Requester, job_id: str) -> Job:
            async with self._store.workspace(requester.workspace_id) as unit:
                job = await record_choice(unit, requester, job_id, choice)
            await self._dispatcher.enqueue(render_task(job))
            return job

        return await self._mirror.act(requester, job_id, choose, brings=brings)

    async def delete(
        self, requester: Requester, job_id: str, illustration_id: str | None = None
    ) -> JobView:
        """Remove a job's pictures for good, or one of them; its research, recipes and lineage stay.
        Gives the job as it was, so that a surface can remove its messages; where pictures are left,
        its messages are brought up to date instead.

        A picture that others were made from keeps its bytes, because their recipes need them.

        Raises:
            NotFound: This workspace has no such job. NotPossibleNow: The job is not over yet.
            Refused: It belongs to another member, and the requester is no moderator.
        """
        await self._access.check(requester, Action.MANAGE, job_id)
        before = await self.view(requester.workspace_id, job_id)

        async def delete(requester: Requester, job_id: str) -> None:
            workspace_id = requester.workspace_id
            async with self._store.workspace(workspace_id) as unit:
                unused = await delete_pictures(unit, requester, job_id, illustration_id)
            for sha256 in unused:
                await self._blobs.remove(workspace_id, sha256)
            await refresh_galleries(self._store, self._dispatcher, workspace_id)

        await self._mirror.act(requester, job_id, delete, or_here=True)
        return before

    async def revoke_links(self, requester: Requester, job_id: str) -> None:
        """Let every link to a job's page end; its messages are brought up to date with a new one.

        Raises:
            NotFound: This workspace has no such job.
            Refused: It is somebody else's, and the requester is no moderator.
        """
        await self._access.check(requester, Action.MANAGE, job_id)
        async with self._store.workspace(requester.workspace_id) as unit:
            await unit.pages.revoke_links(job_id)
            await show_again(unit, job_id, ended=True)
            await record(unit, requester, "revoke", job_id)

    async def _again(
        self,
        requester: Requester,
        illustration_id: str,
        event_key: str,
        *,
        seed: int | None = None,
        generator: str | None = None,
        count: int = 1,
        vary: bool = False,
        upscale: int | None = None,
    ) -> Job:
        await self._access.check_picture(requester, Action.MAKE, illustration_id)
        async with self._store.workspace(requester.workspace_id, read_only=True) as unit:
            parent, job = await get_rendered(unit, illustration_id)
        request = _for(requester, job.request).with_parts(
            action=Rerender(parent.id, vary=vary, upscale=upscale),
            seed=seed,
            generator=generator,
            count=count,
        )
        if generator is not None:
            self._renderer.check(generator, request)
        return await self._acceptance.accept(requester, request, event_key)

    async def allow(self, requester: Requester, job_id: str) -> Job:
        """Let a refused request through, once, in its requester's name; a repeated call gives the
        same job.

        Raises:
            NotFound: This workspace has no such job.
            NotPossibleNow: It was not refused by the policy.
            Refused: Allowing is not the requester's, or it is their own request, or of the floor.
        """
        job = await self._access.check(requester, Action.DECIDE, job_id)
        category, request = allowable_category(job), job.request
        if (
            request.origin.member_id == requester.member_id
            and requester.workspace_id != LOCAL_WORKSPACE
        ):
            raise Refused(gettext("You asked for this, so someone else must allow it."))
        person = Requester(
            requester.workspace_id,
            request.origin.member_id,
            request.routing.destination,
            Role.ADMIN,
            audience=request.origin.audience,
            language=request.origin.language,
        )
        allowed = request.with_parts(allowed=(*request.routing.allowed, category))
        made = await self._acceptance.accept(person, allowed, f"allowed:{job_id}")
        async with self._store.workspace(requester.workspace_id) as unit:
            await unit.deliveries.decided(job_id)
            await record(unit, requester, "allow", job_id, category=category.value, job=made.id)
        return made


def _for(requester: Requester, request: Request) -> Request:
    if request.origin.shadow_of is not None:
        # what was pooled for it does not hold for what follows
        request = request.with_parts(shadow_of=None, approvals=0, review=None)
    return request.with_parts(
        allowed=(),
        workspace_id=requester.workspace_id,
        member_id=requester.member_id,
        destination=requester.destination,
    )
