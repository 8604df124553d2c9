using Rota.Access;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Users, tokens and the audit.</summary>
public abstract class AccessStoreContract : StoreContract
{
    private static User Person(string name, Role role = Role.Admin, string password = "hash") =>
        new(name, role, password, Start);

    private static Token Key(string name, string? user = null) => new()
    {
        Name = name,
        Hash = System.Text.Encoding.UTF8.GetBytes(name),
        Role = Role.Operator,
        User = user,
        CreatedAt = Start,
        ExpiresAt = Start + TimeSpan.FromDays(1),
    };

    private Task<Token?> FindAsync(Token token) => Store.Access.FindTokenAsync(token.Hash, Stop);

    private async Task<IEnumerable<string>> NamesAsync() =>
        (await Store.Access.ListUsersAsync(Stop)).Select(user => user.Name);

    [Fact]
    public async Task Of_many_first_users_at_once_one_is_added()
    {
        Assert.False(await Store.Access.HasUsersAsync(Stop));
        var added = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(n => Store.Access.AddFirstUserAsync(Person($"user-{n}"), Stop)));

        Assert.Single(added, isAdded => isAdded);
        Assert.Single(await Store.Access.ListUsersAsync(Stop));
        Assert.True(await Store.Access.HasUsersAsync(Stop));
    }

    [Fact]
    public async Task Users_are_found_by_name_and_listed_in_its_order()
    {
        foreach (var name in new[] { "b", "a", "ü" })
            await Store.Access.PutUserAsync(Person(name), Stop);
        await Store.Access.PutUserAsync(Person("b", Role.Viewer, "other"), Stop);

        Assert.Equal(Person("b", Role.Viewer, "other"), await Store.Access.FindUserAsync("b", Stop));
        Assert.Null(await Store.Access.FindUserAsync("c", Stop));
        Assert.Equal(["a", "b", "ü"], await NamesAsync());
    }

    [Fact]
    public async Task The_last_administrator_can_be_neither_removed_nor_demoted()
    {
        await Store.Access.PutUserAsync(Person("a"), Stop);
        await Store.Access.PutUserAsync(Person("b", Role.Operator), Stop);

        var removal = await Assert.ThrowsAsync<ConflictException>(() => Store.Access.RemoveUserAsync("a", Stop));
        await Assert.ThrowsAsync<ConflictException>(
            () => Store.Access.PutUserAsync(Person("a", Role.Viewer), Stop));

        Assert.Equal("user.last_admin", removal.Code);
        Assert.Equal(Role.Admin, (await Store.Access.FindUserAsync("a", Stop))!.Role);
        Assert.True(await Store.Access.RemoveUserAsync("b", Stop));
        Assert.False(await Store.Access.RemoveUserAsync("b", Stop));
    }

    [Fact]
    public async Task When_all_administrators_are_removed_at_once_one_stays()
    {
        var names = Enumerable.Range(0, 8).Select(n => $"user-{n}").ToList();
        foreach (var name in names)
            await Store.Access.PutUserAsync(Person(name), Stop);

        var removals = names.Select(name => Store.Access.RemoveUserAsync(name, Stop)).ToList();
        await Task.WhenAll(removals).ContinueWith(_ => { }, TaskScheduler.Default);

        Assert.IsType<ConflictException>(Assert.Single(removals, one => one.IsFaulted).Exception!.InnerException);
        Assert.Single(await NamesAsync());
    }

    [Fact]
    public async Task A_session_has_the_role_of_its_user_and_goes_with_the_password_or_the_user()
    {
        await Store.Access.PutUserAsync(Person("a"), Stop);
        await Store.Access.PutUserAsync(Person("b"), Stop);
        await Store.Access.AddTokenAsync(Key("session-a", "a"), replaces: false, Stop);
        await Store.Access.AddTokenAsync(Key("session-b", "b"), replaces: false, Stop);
        await Store.Access.AddTokenAsync(Key("nobody's", "c"), replaces: false, Stop);

        await Store.Access.PutUserAsync(Person("a", Role.Viewer), Stop);
        Assert.Equal(Role.Viewer, (await FindAsync(Key("session-a")))!.Role);
        Assert.Null(await FindAsync(Key("nobody's")));

        await Store.Access.PutUserAsync(Person("a", Role.Viewer, "changed"), Stop);
        Assert.Null(await FindAsync(Key("session-a")));
        await Store.Access.PutUserAsync(Person("c"), Stop);
        await Store.Access.RemoveUserAsync("b", Stop);
        Assert.Null(await FindAsync(Key("session-b")));
    }

    [Fact]
    public async Task A_token_comes_back_as_it_was_stored_and_is_listed_unless_it_is_a_session()
    {
        await Store.Access.PutUserAsync(Person("a"), Stop);
        foreach (var token in new[] { Key("z"), Key("b"), Key("session", "a") })
            Assert.True(await Store.Access.AddTokenAsync(token, replaces: false, Stop));

        var found = (await FindAsync(Key("z")))!;
        Assert.Equal("z"u8.ToArray(), found.Hash.ToArray());
        Assert.Equal(Key("z") with { Hash = found.Hash }, found);
        Assert.Equal(["b", "z"], (await Store.Access.ListTokensAsync(Stop)).Select(token => token.Name));
        Assert.True(await Store.Access.RemoveTokenAsync("z", Stop));
        Assert.False(await Store.Access.RemoveTokenAsync("z", Stop));
        Assert.Null(await FindAsync(Key("z")));
    }

    [Fact]
    public async Task A_name_is_taken_unless_its_token_is_to_be_replaced()
    {
        var (old, other) = (Key("a"), Key("a") with { Hash = "other"u8.ToArray() });
        await Store.Access.AddTokenAsync(old, replaces: false, Stop);
        await Store.Access.NoteUseAsync(old.Hash, Start, TimeSpan.Zero, Stop);

        Assert.False(await Store.Access.AddTokenAsync(other, replaces: false, Stop));
        Assert.NotNull(await FindAsync(old));
        Assert.True(await Store.Access.AddTokenAsync(other, replaces: true, Stop));
        Assert.Null(await FindAsync(old));
        Assert.Null((await FindAsync(other))!.UsedAt);
    }

    [Fact]
    public async Task A_new_token_takes_the_sessions_away_that_are_over()
    {
        await Store.Access.PutUserAsync(Person("a"), Stop);
        await Store.Access.AddTokenAsync(Key("session", "a"), replaces: false, Stop);
        await Store.Access.AddTokenAsync(Key("program"), replaces: false, Stop);

        await Store.Access.AddTokenAsync(Key("new") with { CreatedAt = Start.AddDays(1) }, replaces: false, Stop);

        Assert.Null(await FindAsync(Key("session")));
        Assert.NotNull(await FindAsync(Key("program")));
    }

    [Fact]
    public async Task A_use_is_noted_once_in_a_while()
    {
        var token = Key("a");
        var minute = TimeSpan.FromMinutes(1);
        await Store.Access.AddTokenAsync(token, replaces: false, Stop);
        foreach (var seconds in new[] { 0, 59, 61, 70 })
            await Store.Access.NoteUseAsync(token.Hash, Start + TimeSpan.FromSeconds(seconds), minute, Stop);

        Assert.Equal(Start + TimeSpan.FromSeconds(61), (await FindAsync(token))!.UsedAt);
    }

    [Fact]
    public async Task The_audit_is_read_newest_first_page_by_page()
    {
        for (var n = 1; n <= 5; n++)
        {
            var detail = n == 5 ? null : "{}";
            var changes = n == 4 ? """[{"field":"state"}]""" : null;
            await Store.Access.AddAuditAsync(
                new AuditEntry(0, Start, "admin", "jobs.cancel", $"{n}", detail, changes), Stop);
        }

        var first = await Store.Access.ListAuditAsync(before: null, 3, Stop);
        var second = await Store.Access.ListAuditAsync(first[^1].Id, 3, Stop);

        Assert.Equal(["5", "4", "3"], first.Select(entry => entry.Target));
        Assert.Equal(["2", "1"], second.Select(entry => entry.Target));
        Assert.Equal(new AuditEntry(first[0].Id, Start, "admin", "jobs.cancel", "5", null, null), first[0]);
        Assert.Equal(("{}", """[{"field":"state"}]"""), (first[1].Detail, first[1].Changes));
    }
}
