using System.Text;
using Rota.Schedules;
using Rota.Secrets;
using Xunit;

namespace Rota.Tests.Schedules;

public sealed class ScheduleSetTests : IAsyncDisposable
{
    private const string Owner = "file:a";
    private static readonly CancellationToken Stop = CancellationToken.None;

    private readonly ScheduleHost _host = new();

    private ScheduleSetOperations Sets => _host.Get<ScheduleSetOperations>();

    private static ScheduleDefinition New(string name, int cups = 2) => new()
    {
        Name = name,
        Trigger = new IntervalTrigger(TimeSpan.FromHours(1), ScheduleHost.Midnight),
        Kind = "tea.pour",
        Args = Encoding.UTF8.GetBytes($$"""{"cups":{{cups}}}"""),
    };

    private async Task PutAsync(ScheduleDefinition definition) =>
        await _host.Operations.PutAsync(definition, "ann", Stop);

    private async Task<string[]> NamesAsync() =>
        [.. (await _host.Operations.ListAsync(null, null, 100, Stop)).Select(one => $"{one.Name} {one.Owner}")];

    private static string[] Told(SetPlan plan) => [.. plan.Changes.Select(one => $"{one.Action} {one.Name}")];

    [Fact]
    public async Task A_plan_says_what_an_apply_then_does()
    {
        var set = new ScheduleSet(Owner, [New("a"), New("b"), New("c")]);
        Assert.Equal(["Create a", "Create b", "Create c"], Told(await Sets.PlanAsync(set, Stop)));
        Assert.Empty(await NamesAsync());
        await Sets.ApplyAsync(set, "ann", Stop);

        set = set with { Definitions = [New("d"), New("b", cups: 3), New("a")] };
        var kept = await Sets.PlanAsync(set, Stop);
        Assert.Equal(["Create d", "Change b", "Unchanged a"], Told(kept));
        Assert.Equal(["c"], kept.Undeclared);
        var pruned = await Sets.ApplyAsync(set with { Prunes = true }, "ann", Stop);
        Assert.Equal(["Create d", "Change b", "Unchanged a", "Remove c"], Told(pruned));
        Assert.Empty(pruned.Undeclared);

        Assert.Equal(["a file:a", "b file:a", "d file:a"], await NamesAsync());
        Assert.Equal((1L, 2L), ((await _host.Operations.GetAsync("a", Stop)).Version,
            (await _host.Operations.GetAsync("b", Stop)).Version));
    }

    [Theory]
    [InlineData("""{"b": [1, 2], "a": 1}""", "Unchanged a")]
    [InlineData("""{"b": [2, 1], "a": 1}""", "Change a")]
    public async Task The_order_of_fields_says_nothing(string args, string told)
    {
        var one = New("a") with { Kind = "x", Args = Encoding.UTF8.GetBytes("""{"a":1,"b":[1,2]}""") };
        await Sets.ApplyAsync(new ScheduleSet(Owner, [one]), "ann", Stop);

        var other = one with { Args = Encoding.UTF8.GetBytes(args) };
        Assert.Equal([told], Told(await Sets.PlanAsync(new ScheduleSet(Owner, [other]), Stop)));
    }

    [Fact]
    public async Task A_secret_that_no_key_opens_is_replaced()
    {
        var one = New("a") with { Secrets = new Dictionary<string, string> { ["token"] = "t-1" } };
        await Sets.ApplyAsync(new ScheduleSet(Owner, [one]), "ann", Stop);
        await _host.RunSqlAsync("UPDATE schedule SET secrets = 'nonsense'");

        Assert.Equal(["Change a"], Told(await Sets.ApplyAsync(new ScheduleSet(Owner, [one]), "ann", Stop)));
        Assert.Equal("t-1", (await _host.Get<SecretOperations>().ReadScheduleAsync("a", Stop))["token"]);
    }

    [Fact]
    public async Task Only_the_owners_schedules_are_pruned()
    {
        await PutAsync(New("hand"));
        await PutAsync(New("code") with { Owner = "code:shop" });
        await PutAsync(New("old") with { Owner = Owner });

        var done = await Sets.ApplyAsync(new ScheduleSet(Owner, [], Prunes: true), "ann", Stop);
        Assert.Equal(["Remove old"], Told(done));
        Assert.Equal(["code code:shop", "hand "], await NamesAsync());
    }

    [Fact]
    public async Task What_was_made_by_hand_is_adopted_when_it_is_the_same_and_else_a_conflict()
    {
        await PutAsync(New("same"));
        await PutAsync(New("other"));
        var plan = await Sets.PlanAsync(new ScheduleSet(Owner, [New("same"), New("other", cups: 3)]), Stop);
        Assert.Equal(["Change same", "Conflict other"], Told(plan));
        Assert.Equal("schedule.exists", plan.Changes[1].Error!.Code);

        await Sets.ApplyAsync(new ScheduleSet(Owner, [New("same")]), "ann", Stop);
        Assert.Equal(["other ", "same file:a"], await NamesAsync());
    }

    [Fact]
    public async Task A_conflict_is_refused_before_anything_is_written_unless_it_is_taken_over()
    {
        await PutAsync(New("code") with { Owner = "code:shop" });
        await PutAsync(New("hand", cups: 1));
        var set = new ScheduleSet(Owner, [New("new"), New("code", cups: 3), New("hand")]);

        var error = await Assert.ThrowsAsync<ConflictException>(() => Sets.ApplyAsync(set, "ann", Stop));
        Assert.Equal("The schedule 'code' is defined in code:shop.", error.Message);
        Assert.Equal(["code code:shop", "hand "], await NamesAsync());

        var done = await Sets.ApplyAsync(set with { TakesOver = true }, "ann", Stop);
        Assert.Equal(["Create new", "Change code", "Change hand"], Told(done));
        Assert.Equal(["code file:a", "hand file:a", "new file:a"], await NamesAsync());
    }

    [Fact]
    public async Task A_wrong_definition_is_named_and_nothing_is_written()
    {
        var wrong = New("b") with { Options = new JobOptions { Queue = "no spaces" } };
        var error = await Assert.ThrowsAsync<InvalidFieldException>(
            () => Sets.ApplyAsync(new ScheduleSet(Owner, [New("a"), wrong]), "ann", Stop));

        Assert.Equal("schedules.b.options.queue", error.Field);
        Assert.StartsWith("Schedule b: ", error.Message);
        Assert.Empty(await NamesAsync());
        Assert.Equal("owner", (await Assert.ThrowsAsync<InvalidFieldException>(
            () => Sets.PlanAsync(new ScheduleSet("a file", []), Stop))).Field);
        Assert.Equal("schedules", (await Assert.ThrowsAsync<InvalidFieldException>(() => Sets.PlanAsync(
            new ScheduleSet(Owner, [.. Enumerable.Range(0, 1_001).Select(at => New($"s{at}"))]), Stop))).Field);
    }

    [Fact]
    public async Task Secrets_that_have_their_values_already_change_nothing()
    {
        var one = New("a") with { Secrets = new Dictionary<string, string> { ["token"] = "t-1", ["pin"] = "p" } };
        await Sets.ApplyAsync(new ScheduleSet(Owner, [one]), "ann", Stop);
        Assert.Equal(["Unchanged a"], Told(await Sets.PlanAsync(new ScheduleSet(Owner, [one]), Stop)));
        Assert.Equal(["Unchanged a"], Told(await Sets.PlanAsync(new ScheduleSet(Owner, [New("a")]), Stop)));

        var other = one with { Secrets = new Dictionary<string, string> { ["token"] = "t-2" } };
        var changed = Assert.Single((await Sets.ApplyAsync(new ScheduleSet(Owner, [other]), "ann", Stop)).Changes);
        Assert.Equal(SetAction.Change, changed.Action);
        Assert.Equal([new("pin", true, false), new("token", true, true)], changed.Secrets);
        Assert.Equal(["token"], (await _host.Get<SecretOperations>().ReadScheduleAsync("a", Stop)).Keys);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
