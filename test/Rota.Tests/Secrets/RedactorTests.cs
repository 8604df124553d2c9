using System.Text;
using Rota.Secrets;
using Xunit;

namespace Rota.Tests.Secrets;

public sealed class RedactorTests
{
    private readonly Redactor _redactor = new();

    [Theory]
    [InlineData("hunter2", "the password is hunter2!", "the password is ********!")]
    [InlineData("hunter2", "hunter2", "********")]
    [InlineData("hunter2", "hunter2 hunter2", "******** ********")]
    [InlineData("hunter2", "hunter2hunter2", "********")]
    [InlineData("hunter2", "Hunter2", "Hunter2")]
    [InlineData("hunter2", "", "")]
    [InlineData("a\"b\\c", """{"a":"a\"b\\c"}""", """{"a":"********"}""")]
    [InlineData("a\"b<c", """{"a":"a\u0022b\u003Cc"}""", """{"a":"********"}""")]
    [InlineData("schön&gut", """{"a":"sch\u00f6n&gut"}""", """{"a":"********"}""")]
    [InlineData("a b/c?d", "https://host/?p=a%20b%2Fc%3Fd&q", "https://host/?p=********&q")]
    [InlineData("a b/c?d", "https://host/?p=a+b%2fc%3fd&q", "https://host/?p=********&q")]
    [InlineData("schön", "p=sch%C3%B6n p=sch%c3%b6n", "p=******** p=********")]
    [InlineData("hunter2", "aHVudGVyMg==", "********")]
    [InlineData("hunter2", "aHVudGVyMg.", "********.")]
    [InlineData("????>>>>", "Pz8/Pz4+Pj4= Pz8_Pz4-Pj4", "******** ********")]
    [InlineData("  hunter2\n", "read hunter2 from the file", "read ******** from the file")]
    public void A_value_is_masked_in_each_of_its_spellings(string value, string text, string masked)
    {
        Assert.True(_redactor.Add(value));
        Assert.Equal(masked, _redactor.Mask(text));
    }

    [Theory]
    [InlineData("a:")]
    [InlineData("ab:")]
    [InlineData("abc:")]
    public void A_value_inside_of_longer_base64_is_masked_at_every_offset(string user)
    {
        const string Value = "correct horse battery";
        _redactor.Add(Value);

        var masked = _redactor.Mask("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user + Value + "!?")));

        Assert.Contains(Redactor.Mark, masked);
        Assert.InRange(masked.Length, 1, "Basic ".Length + Redactor.Mark.Length + 10);
    }

    [Fact]
    public void Each_line_of_a_private_key_is_masked_alone()
    {
        _redactor.Add("-----BEGIN KEY-----\r\nMIIBVgIBADANBgkqhkiG\r\n}\r\n-----END KEY-----\n");

        Assert.Equal("1: ********", _redactor.Mask("1: MIIBVgIBADANBgkqhkiG"));
        Assert.Equal("{ }", _redactor.Mask("{ }"));
    }

    [Fact]
    public void No_tail_is_left_where_two_secrets_overlap()
    {
        _redactor.Add("abcd");
        _redactor.Add("bcdefgh");
        _redactor.Add("abcdef");

        Assert.Equal("x ******** y", _redactor.Mask("x abcdefgh y"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("  abc\n")]
    public void A_value_under_four_characters_is_not_masked_and_says_so(string value)
    {
        Assert.False(_redactor.Add(value));
        Assert.Equal("abcdef", _redactor.Mask("abcdef"));
    }

    [Fact]
    public void A_text_without_a_secret_comes_back_as_the_same_instance()
    {
        const string Text = "nothing to hide";
        Assert.Same(Text, _redactor.Mask(Text));

        _redactor.Add("hunter2");
        Assert.Same(Text, _redactor.Mask(Text));
    }

    [Fact]
    public void Masking_twice_changes_nothing()
    {
        _redactor.Add("****");
        _redactor.Add("hunter2");
        var once = _redactor.Mask("a hunter2 b");

        Assert.Equal(once, _redactor.Mask(once));
    }

    [Fact]
    public void A_secret_is_masked_from_the_moment_it_was_added_by_any_thread()
    {
        var isMasked = Enumerable.Range(0, 200).AsParallel().WithDegreeOfParallelism(8).All(number =>
        {
            _redactor.Add($"secret-value-{number:0000}");
            return _redactor.Mask($"<secret-value-{number:0000}>") == "<********>";
        });

        Assert.True(isMasked);
    }

    [Fact]
    public void Random_text_around_random_secrets_never_keeps_one()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var redactor = new Redactor();
            var values = Enumerable.Range(0, 3).Select(_ => random.GetString("ab\"é", random.Next(4, 9))).ToList();
            values.ForEach(value => redactor.Add(value));
            var text = string.Concat(Enumerable.Range(0, 10).Select(_ =>
                random.GetString("ab\"é ", 5) + values[random.Next(3)]));

            var masked = redactor.Mask(text);
            Assert.All(values, value => Assert.False(masked.Contains(value), $"seed {seed}, round {round}"));
        }
    }
}
