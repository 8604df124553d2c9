using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rota.Commands;

/// <summary><c>rota secrets …</c>.</summary>
internal static class SecretCommands
{
    public static Command Create(Globals globals) => Globals.Group("secrets", "Set, list, remove and rotate secrets",
        Set(globals), List(globals), Remove(globals), Rotate(globals), SecretTellCommand.Create(globals));

    private static Argument<string> Name() => new("name") { Description = "Name of the secret" };

    private static Command Set(Globals globals)
    {
        var name = Name();
        var value = new HiddenValue("value");
        return globals.Client("set", "Set a secret; asks for its value, or reads it from standard input",
            async (session, stop) =>
            {
                var body = new JsonObject { ["value"] = value.Read(session) };
                return session.Say(await session.Server.PutAsync($"secrets/{Uri.EscapeDataString(session.Get(name))}",
                    body, stop),
                    $"secret {session.Get(name)} is set");
            }, [name, .. value.All]);
    }

    private static Command List(Globals globals) => globals.Client("list", "List names and dates; never values",
        async (session, stop) => session.Print(await session.Server.GetAsync("secrets", stop), answer =>
        {
            var grid = new Grid("Name", "Created", "Updated");
            foreach (var secret in answer.Items)
            {
                grid.Add(secret.Text("name"), Show.Time(session, secret.Instant("created_at")),
                    Show.Time(session, secret.Instant("updated_at")));
            }
            grid.Write(session.Terminal, "no secrets");
        }));

    private static Command Remove(Globals globals)
    {
        var name = Name();
        return globals.Client("remove", "Remove a secret", async (session, stop) => session.Say(
            await session.Server.DeleteAsync($"secrets/{Uri.EscapeDataString(session.Get(name))}", stop),
            $"secret {session.Get(name)} is removed"), name);
    }

    private static Command Rotate(Globals globals)
    {
        var keep = new Option<bool>("--keep-key") { Description = "Add no new key; only encrypt with the first one" };
        return globals.Client("rotate", "Add a key and encrypt all secrets with it, online", async (session, stop) =>
        {
            var body = new JsonObject { ["add_key"] = !session.Get(keep) };
            var answer = await session.Server.PostAsync("secrets/rotate", body, stop);
            session.Say(answer,
                $"{answer.Json.Text("done")} of {answer.Json.Text("total")} secrets are encrypted with the first key");
            var unreadable = answer.Json.Items("unreadable").Select(name => name.GetString()).ToList();
            if (unreadable.Count == 0)
                return ExitCode.Ok;
            if (!session.IsJson)
                ErrorText.Write(session.Terminal, $"no key opens {string.Join(", ", unreadable)}",
                    "set them again: rota secrets set NAME");
            return ExitCode.Failed;
        }, keep);
    }
}
