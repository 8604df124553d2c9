using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota tokens …</c>.</summary>
internal static class TokenCommands
{
    public static Command Create(Globals globals) => Globals.Group("tokens", "Make, list and remove access tokens",
        Make(globals), List(globals), Remove(globals));

    public static Option<string?> Role(string? preset)
    {
        var role = new Option<string?>("--role") { Description = "viewer, operator or admin" };
        if (preset is not null)
            role.DefaultValueFactory = _ => preset;
        role.AcceptOnlyFromAmong("viewer", "operator", "admin");
        return role;
    }

    private static Argument<string> Name() => new("name") { Description = "Name of the token" };

    private static Command Make(Globals globals)
    {
        var name = Name();
        var role = Role("viewer");
        var expires = new Option<string?>("--expires-in")
        {
            Description = "How long it works, such as 90d (default: for ever)",
        };
        return globals.Client("create", "Make a token; it is shown this once", async (session, stop) =>
        {
            var body = new JsonObject { ["name"] = session.Get(name), ["role"] = session.Get(role) };
            if (session.Get(expires) is { } duration)
                body["expires_in"] = duration;
            var answer = await session.Server.PostAsync("tokens", body, stop);
            return session.Print(answer, _ =>
            {
                session.Terminal.Out.WriteLine(answer.Json.Text("token"));
                session.Terminal.Error.WriteLine("keep it: it is not shown again");
            });
        }, name, role, expires);
    }

    private static Command List(Globals globals) => globals.Client("list", "List tokens; never the tokens themselves",
        async (session, stop) => session.Print(await session.Server.GetAsync("tokens", stop), answer =>
        {
            var grid = new Grid("Name", "Role", "Created", "Expires", "Last used");
            foreach (var token in answer.Items)
            {
                grid.Add(token.Text("name"), token.Text("role"), Show.Time(session, token.Instant("created_at")),
                    Show.Time(session, token.Instant("expires_at")), Show.Time(session, token.Instant("used_at")));
            }
            grid.Write(session.Terminal, "no tokens");
        }));

    private static Command Remove(Globals globals)
    {
        var name = Name();
        return globals.Client("remove", "Remove a token; it stops working at once", async (session, stop) =>
            session.Say(
            await session.Server.DeleteAsync($"tokens/{Uri.EscapeDataString(session.Get(name))}", stop),
            $"token {session.Get(name)} is removed"), name);
    }
}

/// <summary><c>rota users …</c>.</summary>
internal static class UserCommands
{
    public static Command Create(Globals globals) => Globals.Group("users", "List, set and remove users",
        List(globals), Set(globals), Remove(globals));

    private static Argument<string> Name() => new("name") { Description = "Name of the user" };

    private static Command List(Globals globals) => globals.Client("list", "List users and their roles",
        async (session, stop) => session.Print(await session.Server.GetAsync("users", stop), answer =>
        {
            var grid = new Grid("Name", "Role", "Created");
            foreach (var user in answer.Items)
            {
                grid.Add(user.Text("name"), user.Text("role"), Show.Time(session, user.Instant("created_at")));
            }
            grid.Write(session.Terminal, "no users");
        }));

    private static Command Set(Globals globals)
    {
        var name = Name();
        var role = TokenCommands.Role("viewer");
        var password = new HiddenValue("password");
        var keep = new Option<bool>("--keep-password") { Description = "Set only the role of a user that is there" };
        return globals.Client("set", "Make a user, or set role and password; asks for the password",
            async (session, stop) =>
        {
            var body = new JsonObject { ["role"] = session.Get(role) };
            if (!session.Get(keep))
                body["password"] = password.Read(session);
            return session.Say(await session.Server.PutAsync($"users/{Uri.EscapeDataString(session.Get(name))}", body,
                stop),
                $"user {session.Get(name)} is set as {session.Get(role)}");
        }, [name, role, .. password.All, keep]);
    }

    private static Command Remove(Globals globals)
    {
        var name = Name();
        return globals.Client("remove", "Remove a user", async (session, stop) => session.Say(
            await session.Server.DeleteAsync($"users/{Uri.EscapeDataString(session.Get(name))}", stop),
            $"user {session.Get(name)} is removed"), name);
    }
}

/// <summary><c>rota login</c>.</summary>
internal static class LoginCommand
{
    public static Command Create(Globals globals)
    {
        var name = new Option<string?>("--name") { Description = "Name of the user; asked for when left out" };
        var password = new HiddenValue("password");
        return globals.Client("login", "Log in to a server; the token is kept for this address",
            async (session, stop) =>
        {
            var user = session.Get(name) ?? AskName(session);
            var body = new JsonObject { ["name"] = user, ["password"] = password.Read(session) };
            var answer = await session.Server.PostAsync("login", body, stop);
            Logins.Keep(session.Terminal, session.Address, answer.Json.Text("token"));
            return session.Say(answer, $"logged in to {session.Address.GetLeftPart(UriPartial.Authority)} "
                + $"as {user} ({answer.Json.Text("role")})");
        }, [name, .. password.All]);
    }

    private static string AskName(Session session)
    {
        if (!session.Terminal.CanAsk)
            throw Session.Usage("name", "No user is named.", "Add --name NAME.");
        return session.Terminal.Ask("name: ") ?? "";
    }
}
