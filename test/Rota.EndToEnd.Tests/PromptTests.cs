using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>What a person sees at a terminal whom Rota asks for a secret.</summary>
public sealed class PromptTests
{
    private const string Secret = "s3cret-of-the-test";
    private const string Set = "dotnet \"$PROGRAM\" secrets set github";
    private const string SetUser = "dotnet \"$PROGRAM\" users set ada --role admin";

    [Fact]
    public async Task A_secret_is_asked_for_and_never_shown_however_soon_it_is_typed()
    {
        await using var rota = await new RotaProcess().StartAsync();
        await using var terminal = Open(rota, $"printf 'who: '; read who; {Set} && {SetUser}; stty -a");
        await terminal.SeeAsync("who: ");
        await terminal.TypeAsync("everybody\n", "everybody"); // the terminal shows what is typed
        await terminal.SeeAsync("value: ");
        await terminal.TypeAsync(Secret + "\n");
        await terminal.SeeAsync("password: ");
        await terminal.TypeAsync("x\x7f" + Secret + "\n"); // with a slip, and a backspace

        Assert.Equal(0, await terminal.EndAsync());

        Assert.Contains("secret github is set", terminal.Screen);
        Assert.DoesNotContain("s3", terminal.Screen);
        Assert.Matches(@"\secho\s", terminal.Screen); // it is left as it was: -echo would be off
        await rota.PostAsync("login", new { name = "ada", password = Secret }); // it was read as it was typed
    }

    [Fact]
    public async Task One_Ctrl_C_leaves_the_question_and_the_terminal_as_it_was()
    {
        await using var rota = await new RotaProcess().StartAsync();
        await using var terminal = Open(rota, $"trap : INT; {Set}; echo code $?; stty -a");
        await terminal.SeeAsync("value: ");
        await terminal.TypeAsync("s3\x03", "code 130");
        await terminal.EndAsync();

        Assert.Matches(@"\secho\s", terminal.Screen);
        Assert.Empty((await rota.GetAsync("secrets")).GetProperty("items").EnumerateArray());
    }

    private static PseudoTerminal Open(RotaProcess rota, string command) => new(command, rota.Folder,
        [new("PROGRAM", RotaProcess.Program), new("ROTA_DATA", rota.Data)]);
}
