"""Common given names, which tell "Foster, James" (one person) from "Vega, Hall" (two)."""

GIVEN_NAMES = frozenset(
    """aaron abby abigail adam adrian adriana aidan alan albert alejandra alejandro alex alexander alexandra alexis
    alfonso alfred alfredo alice alicia allen allison alma alyssa amanda amber amelia amy ana andrea andres
    andrew andy angel angela angelica angie anita ann anna anne annette annie anthony antonia antonio april
    ariana armando art arthur arturo ashley audrey austin ava barbara becky ben benjamin bernard bernice beth
    bethany betty beverly bill billy bob bobby bonnie brad bradley brandon brandy brenda brent brett brian
    brianna bridget brittany brooke bruce bryan caitlin caleb calvin cameron candace carl carla carlos carmen
    carol carolina caroline carolyn carrie casey cassandra catherine cathy cecilia cesar chad charlene charles
    charlie charlotte chelsea cheryl chris christian christina christine christopher christy cindy claire clara
    clarence claudia clayton cliff clifford clyde cody colin colleen connie connor corey cory courtney craig
    cristina crystal curtis cynthia daisy dale dan dana daniel daniela danielle danny darlene darrell darren
    dave david dawn debbie deborah debra delia denise dennis derek derrick desiree diana diane diego dolores don
    donald donna doris dorothy doug douglas duane dustin dylan earl eddie edgar eduardo edward edwin eileen
    elaine elena eli elias elijah elizabeth ella ellen emilio emily emma enrique eric erica erik erika erin
    ernest ernesto esteban esther ethan eugene eva evan evelyn faith felicia felipe felix fernando florence
    frances francis francisco frank fred frederick gabriel gabriela gabriella gail gary gavin gene george gerald
    gerardo gilbert gina glen glenda glenn gloria gregory greg guadalupe guillermo gustavo hannah harold harry
    hazel heather hector heidi helen henry herbert holly howard hugo ian ignacio irene iris isaac isabel
    isabella ismael ivan jack jackie jacob jacqueline jaime jake james jamie jan jane janet janice jared jasmine
    javier jay jean jeanette jeff jeffrey jen jenna jennifer jenny jeremiah jeremy jerome jerry jesse jessica
    jesus jill jim jimmy jo joan joann joanna joanne joaquin jody joe joel joey john johnny jon jonathan jorge
    jose joseph josh joshua joy joyce juan juana juanita judith judy julia julian juliana julie julio june
    justin karen karina karl katelyn kathleen kathryn kathy katie katrina kayla keith kelsey ken kenneth kerry
    kevin kim kimberly kirk kris kristen kristin kristina kyle lance larry laura lauren laurie lawrence leah leo
    leon leonard leonardo leslie leticia lillian lily linda lindsay lindsey lisa liz lois lori lorraine louis
    louise lucas lucia lucy luis luke luz lydia lynn madison manny manuel marc marcia marco marcos marcus
    margaret margarita maria mariah mariana marie marilyn mario marisol marissa mark martha martin mary mateo
    matt matthew maureen max megan melanie melinda melissa mercedes michael micheal michele michelle miguel mike
    mindy miranda mitchell molly monica monique nancy naomi natalia natalie nate nathan nathaniel neil nicholas
    nick nicolas nicole nina noah noel nora norma norman olga olivia omar oscar pablo pam pamela patricia
    patrick patty paul paula pauline pedro peggy penny pete peter phil philip phillip phyllis priscilla rachel
    rafael ralph ramiro ramon randall randy raquel raul ray raymond rebecca regina rene renee rhonda ricardo
    richard rick ricky rigoberto rita rob robert roberta roberto robin rocio rodney rodolfo roger roland ron
    ronald rosa rosario rose rosemary roxanne ruben ruby rudy russ russell ruth ryan sabrina sally salvador sam
    samantha samuel sandra sandy santiago sara sarah scott sean sergio seth shane shannon sharon shaun shawn
    sheila shelby shelly sherri sherry shirley silvia sofia sonia sonya sophia stacey stacy stan stanley stella
    stephanie stephen steve steven stuart sue summer susan suzanne sylvia tamara tammy tanya tara ted teresa
    terri terry thelma theodore theresa tiffany tim timothy tina todd tom tommy toni tony tonya tracey traci
    tracy travis trevor trisha troy valerie vanessa vera vernon veronica vicente vicki vickie victor victoria
    vincent viola virginia vivian walter wanda wendy wesley will william willie xavier yesenia yolanda yvette
    yvonne zachary zoe""".split()
)
GIVEN_OR_FAMILY = frozenset(
    """blake brady brooks carson carter chase cole cooper cruz dean drew duncan elliott garrett grant grayson harley
    harper harrison hayden hudson hunter jackson jordan kelly kendall kennedy kent lane lee lewis lincoln logan
    lopez marshall mason miles morgan nelson owen parker perry quinn reed reese riley ross ruiz sawyer spencer
    taylor tucker tyler wade warren wayne weston wyatt""".split()
)
"""Names that are common as both."""
