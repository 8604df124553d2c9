using Rota.Jobs;

namespace Rota.Stores.Tests;

/// <summary>How long each scope of a unique key is held, and which job wins.</summary>
public abstract class UniqueKeyContract : StoreContract
{
    private static readonly JobTemplate WhileWaiting =
        Plain with { Unique = new Unique("u", UniqueScope.WhileWaiting) };
    private static readonly JobTemplate UntilEnded = Plain with { Unique = new Unique("u") };
    private static readonly JobTemplate ForAnHour = Plain with
    {
        Unique = new Unique("u", UniqueScope.ForPeriod, TimeSpan.FromHours(1)),
    };

    private async Task<Enqueued> EnqueueAsync(JobTemplate template) =>
        (await Jobs.InsertAsync([new NewJob(template, NoArgs)], Now, Stop))[0];

    public static TheoryData<UniqueScope> Scopes => new(Enum.GetValues<UniqueScope>());

    private static JobTemplate Of(UniqueScope scope) => scope switch
    {
        UniqueScope.WhileWaiting => WhileWaiting,
        UniqueScope.UntilEnded => UntilEnded,
        _ => ForAnHour,
    };

    [Theory, MemberData(nameof(Scopes))]
    public async Task The_first_job_wins_and_is_given_back_to_the_second_caller(UniqueScope scope)
    {
        var first = await EnqueueAsync(Of(scope));

        Assert.Equal(new Enqueued(first.Id, IsNew: false), await EnqueueAsync(Of(scope)));
    }

    [Fact]
    public async Task Only_the_first_of_a_list_is_new()
    {
        var jobs = Enumerable.Repeat(new NewJob(UntilEnded, NoArgs), 5).ToList();

        var enqueued = await Jobs.InsertAsync(jobs, Now, Stop);

        Assert.Equal([true, false, false, false, false], enqueued.Select(one => one.IsNew));
        Assert.Single(enqueued.Select(one => one.Id).Distinct());
    }

    [Fact]
    public async Task Exactly_one_of_many_concurrent_callers_wins()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => EnqueueAsync(UntilEnded)));

        Assert.Single(all, one => one.IsNew);
        Assert.Single(all.Select(one => one.Id).Distinct());
    }

    [Theory]
    [InlineData(UniqueScope.WhileWaiting, true)]
    [InlineData(UniqueScope.UntilEnded, false)]
    [InlineData(UniqueScope.ForPeriod, false)]
    public async Task The_start_of_the_job_frees_only_the_key_of_a_waiting_job(UniqueScope scope, bool isFree)
    {
        await InsertAndClaimAsync(Of(scope));

        Assert.Equal(isFree, (await EnqueueAsync(Of(scope))).IsNew);
    }

    [Theory]
    [InlineData(UniqueScope.WhileWaiting, true)]
    [InlineData(UniqueScope.UntilEnded, true)]
    [InlineData(UniqueScope.ForPeriod, false)]
    public async Task The_end_of_the_job_frees_all_but_the_key_of_a_period(UniqueScope scope, bool isFree)
    {
        await EndAsync(await InsertAndClaimAsync(Of(scope)), JobEvent.Succeed);

        Assert.Equal(isFree, (await EnqueueAsync(Of(scope))).IsNew);
    }

    [Fact]
    public async Task A_failed_attempt_keeps_the_key_until_the_job_has_ended()
    {
        await EndAsync(await InsertAndClaimAsync(UntilEnded), JobEvent.Fail);

        Assert.False((await EnqueueAsync(UntilEnded)).IsNew);
    }

    [Fact]
    public async Task A_canceled_job_frees_its_key()
    {
        await CancelAsync((await EnqueueAsync(UntilEnded)).Id);

        Assert.True((await EnqueueAsync(UntilEnded)).IsNew);
    }

    [Fact]
    public async Task A_job_deleted_as_it_ends_frees_its_key()
    {
        await EndAsync(Ended(await InsertAndClaimAsync(UntilEnded), JobEvent.Succeed) with { IsKept = false });

        Assert.True((await EnqueueAsync(UntilEnded)).IsNew);
    }

    [Fact]
    public async Task A_period_ends_at_its_instant_and_not_before()
    {
        await EnqueueAsync(ForAnHour);

        Now = Start + TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1);
        Assert.False((await EnqueueAsync(ForAnHour)).IsNew);
        Now = Start + TimeSpan.FromHours(1);
        Assert.True((await EnqueueAsync(ForAnHour)).IsNew);
    }

    [Fact]
    public async Task A_job_whose_period_is_over_does_not_free_the_key_of_its_successor()
    {
        var first = await InsertAndClaimAsync(ForAnHour);
        Now += TimeSpan.FromHours(2);
        var second = await EnqueueAsync(UntilEnded);

        await EndAsync(first, JobEvent.Succeed);

        Assert.Equal(new Enqueued(second.Id, IsNew: false), await EnqueueAsync(UntilEnded));
    }

    [Fact]
    public async Task Projects_do_not_share_unique_keys()
    {
        await EnqueueAsync(UntilEnded);

        Assert.True((await EnqueueAsync(UntilEnded with { Project = "acme" })).IsNew);
    }

    [Fact]
    public async Task A_key_is_still_held_after_the_store_is_opened_again()
    {
        var first = await EnqueueAsync(UntilEnded);
        await Store.ReopenAsync();

        Assert.Equal(new Enqueued(first.Id, IsNew: false), await EnqueueAsync(UntilEnded));
    }

    [Fact]
    public async Task A_key_held_before_the_store_was_opened_again_is_freed_by_the_end_of_its_job()
    {
        await EnqueueAsync(UntilEnded);
        await Store.ReopenAsync();
        await EndAsync(await ClaimOneAsync(), JobEvent.Succeed);

        Assert.True((await EnqueueAsync(UntilEnded)).IsNew);
    }

    [Fact]
    public async Task A_refused_job_does_not_take_the_key()
    {
        await Assert.ThrowsAsync<InvalidFieldException>(
            () => EnqueueAsync(UntilEnded with { DependsOn = [new JobId(4711)] }));

        Assert.True((await EnqueueAsync(UntilEnded)).IsNew);
    }
}
