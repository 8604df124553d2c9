using Rota.Supervisor.Config;
using Xunit;

namespace Rota.Supervisor.Tests;

public class ValueListTests
{
    [Fact]
    public void Two_readings_of_the_same_program_are_equal_and_one_other_word_makes_them_differ()
    {
        var once = Cat(["cat", "-u"]);
        Assert.Equal(once, Cat(["cat", "-u"]));
        Assert.NotEqual(once, Cat(["cat", "-n"]));
        Assert.NotEqual(once, once with { ExitCodes = [0, 2] });
    }

    private static ProcessConfig Cat(ValueList<string> words) =>
        new() { Name = "cat", Command = string.Join(' ', words), Arguments = words };
}
